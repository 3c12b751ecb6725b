package dev.cria.tokenizer;

/**
 * Turns token ids that come one by one into text. Bytes are held back until they make whole characters, so what comes
 * out can be shown at once. Not thread-safe.
 */
public final class StreamingDecoder {
    private static final char SPACE = '\u2581';
    private static final char REPLACEMENT = '\ufffd';
    private static final int LONGEST_CHARACTER = 4;

    private final Vocabulary vocabulary;
    private final byte[] pending = new byte[LONGEST_CHARACTER];
    private int pendingCount;
    private boolean begun;
    private boolean prefixTaken;

    StreamingDecoder(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * Takes the next id.
     *
     * @param token token id
     * @return the text that has become certain, possibly empty
     * @throws IllegalArgumentException if the id is not in the vocabulary
     */
    public String accept(int token) {
        if (token < 0 || token >= vocabulary.size()) {
            throw new IllegalArgumentException(
                    "token ids are 0 to " + (vocabulary.size() - 1) + ", not " + token);
        }
        Vocabulary.Piece piece = vocabulary.pieces().get(token);
        StringBuilder text = new StringBuilder();
        if (piece.type() == TokenType.BYTE) {
            pending[pendingCount++] = (byte) piece.byteValue();
            drain(text, false);
        } else {
            drain(text, true);
            begun |= !text.isEmpty();
            text.append(surface(piece));
        }
        begun |= !text.isEmpty();
        return text.toString();
    }

    /** {@return what was held back: one U+FFFD for each byte of an unfinished character} */
    public String finish() {
        StringBuilder text = new StringBuilder();
        drain(text, true);
        begun |= !text.isEmpty();
        return text.toString();
    }

    private String surface(Vocabulary.Piece piece) {
        return switch (piece.type()) {
            case CONTROL -> "";
            case UNKNOWN -> vocabulary.unknownSurface();
            default -> {
                String text = piece.text();
                boolean strips = vocabulary.spacePrefix() != SpacePrefix.NONE || vocabulary.removeExtraWhitespaces();
                if (strips && !begun && !prefixTaken && !text.isEmpty() && text.charAt(0) == SPACE) {
                    // with collapsed spaces every leading one goes, otherwise only the one that encoding added
                    prefixTaken = !vocabulary.removeExtraWhitespaces();
                    text = text.substring(1);
                }
                yield text.replace(SPACE, ' ');
            }
        };
    }

    /** Moves whole characters and broken bytes from the pending bytes to the text, the rest too if no more can come. */
    private void drain(StringBuilder text, boolean all) {
        while (pendingCount > 0) {
            int length = characterLength();
            if (length > pendingCount && !all) {
                return;
            }
            if (length < 1 || length > pendingCount) {
                text.append(REPLACEMENT);
                length = 1;
            } else {
                text.appendCodePoint(codePoint(length));
            }
            pendingCount -= length;
            System.arraycopy(pending, length, pending, 0, pendingCount);
        }
    }

    /** The length of the character that the pending bytes begin, or 0 if they cannot begin one (Unicode, table 3-7). */
    private int characterLength() {
        int lead = pending[0] & 0xff;
        if (lead < 0x80) {
            return 1;
        }
        int length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
        for (int i = 1; i < Math.min(length, pendingCount); i++) {
            int next = pending[i] & 0xff;
            int lowest = i > 1 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
            int highest = i > 1 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
            if (next < lowest || next > highest) {
                return 0;
            }
        }
        return length;
    }

    private int codePoint(int length) {
        if (length == 1) {
            return pending[0];
        }
        int codePoint = pending[0] & (0x7f >> length);
        for (int i = 1; i < length; i++) {
            codePoint = (codePoint << 6) | (pending[i] & 0x3f);
        }
        return codePoint;
    }
}
