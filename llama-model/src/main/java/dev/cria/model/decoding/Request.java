package dev.cria.model.decoding;

/**
 * What a model is asked to go on from, in the words of whoever asked, so that it can be told apart without a
 * vocabulary.
 *
 * @param kind how it was asked
 * @param prompt the prompt: of a chat, the dialog as the template writes it; of token ids, the ids; of a gap, both
 *        sides with {@value #GAP} between them
 */
public record Request(Kind kind, String prompt) {
    /** Stands between the two sides of a gap. */
    public static final String GAP = "<FILL_ME>";

    /** The ways to ask. */
    public enum Kind {
        /** A text to continue. */
        TEXT,
        /** Token ids to continue. */
        TOKENS,
        /** A gap between two texts. */
        INFILL,
        /** A turn of a conversation. */
        CHAT
    }
}
