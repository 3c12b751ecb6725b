package dev.cria.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/**
 * What holds for any text and any tokens.
 *
 * @param tokenizer of any vocabulary with all bytes
 */
record TokenizerLaws(Tokenizer tokenizer) {
    /** U+2581 stands for a space in pieces and comes back as one; it may not be in the text. */
    void decodingReversesEncoding(String text) {
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    void streamedPiecesJoinToTheWholeAndNeverSplitACharacter(int... ids) {
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        StringBuilder joined = new StringBuilder();
        for (int id : ids) {
            String piece = decoder.accept(id);
            assertThat(piece.isEmpty() || !Character.isHighSurrogate(piece.charAt(piece.length() - 1))).isTrue();
            joined.append(piece);
        }
        joined.append(decoder.finish());
        assertThat(joined.toString()).isEqualTo(tokenizer.decode(ids));
    }

    /** @param percent how much of the tokens comes before the cut */
    void aContinuationJoinsToTheWhole(String text, int percent) {
        int[] ids = tokenizer.encode(text);
        int[] before = Arrays.copyOf(ids, ids.length * percent / 100);
        StreamingDecoder first = tokenizer.streamingDecoder();
        StringBuilder whole = new StringBuilder();
        for (int id : before) {
            whole.append(first.accept(id));
        }
        StreamingDecoder rest = tokenizer.streamingDecoderAfter(before);
        for (int i = before.length; i < ids.length; i++) {
            whole.append(rest.accept(ids[i]));
        }
        whole.append(rest.finish());
        assertThat(whole.toString()).isEqualTo(tokenizer.decode(ids));
    }
}
