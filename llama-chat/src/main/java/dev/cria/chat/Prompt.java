package dev.cria.chat;

import dev.cria.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A dialog as a model wants to read it: stretches of text that are encoded one by one. Only the marks around a stretch are control
 * tokens; what looks like one inside the text stays text.
 *
 * @param segments the stretches, first to last
 */
public record Prompt(List<Segment> segments) {
    /**
     * A stretch of text.
     *
     * @param bos whether BOS precedes it
     * @param text the text
     * @param eos whether EOS follows it
     */
    public record Segment(boolean bos, String text, boolean eos) {}

    /** Copies the segments. */
    public Prompt {
        segments = List.copyOf(segments);
    }

    /**
     * {@return the token ids}
     *
     * @param tokenizer the model's tokenizer
     */
    public int[] encode(Tokenizer tokenizer) {
        IntStream.Builder ids = IntStream.builder();
        for (Segment segment : segments) {
            if (segment.bos) {
                ids.add(tokenizer.vocabulary().bos());
            }
            for (int id : tokenizer.encode(segment.text)) {
                ids.add(id);
            }
            if (segment.eos) {
                ids.add(tokenizer.vocabulary().eos());
            }
        }
        return ids.build().toArray();
    }

    /** {@return the prompt for people to read, BOS and EOS written as {@code <s>} and {@code </s>}} */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Segment segment : segments) {
            text.append(segment.bos ? "<s>" : "").append(segment.text).append(segment.eos ? "</s>" : "");
        }
        return text.toString();
    }
}
