package dev.cria.model;

/** How the hidden states of a text's tokens become one vector. */
public enum Pooling {
    /** Their mean, BOS included: every word counts. */
    MEAN,
    /** That of the last token, which is the only one that has seen the whole text. */
    LAST
}
