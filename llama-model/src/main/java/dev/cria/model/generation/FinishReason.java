package dev.cria.model.generation;

/** Why a generation ended. */
public enum FinishReason {
    /** The model said so: it chose the end-of-sequence token (EOS), or one of the caller's stop tokens. */
    STOP_TOKEN,
    /** The text reached one of the caller's stop strings. */
    STOP_STRING,
    /** As many tokens as the caller wanted were generated. */
    MAX_TOKENS,
    /** Prompt and generated tokens together fill the context of the model. */
    CONTEXT_FULL,
    /** The caller cancelled it, or the thread was interrupted. */
    CANCELLED,
    /** The caller's time limit passed. */
    TIMEOUT
}
