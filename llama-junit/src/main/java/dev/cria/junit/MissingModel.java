package dev.cria.junit;

/** What becomes of tests whose model is not on this machine. */
public enum MissingModel {
    /** They fail, and say which model was expected where. */
    FAIL,
    /** They are skipped, and say why. */
    SKIP
}
