package dev.cria.chat;

import dev.cria.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A dialog as a model wants to read it: stretches of text, and marks between them. Only marks become control tokens;
 * what looks like one inside a text stays text.
 *
 * @param parts texts and marks, first to last
 */
public record Prompt(List<Part> parts) {
    /** A piece of a prompt. */
    public sealed interface Part {
        /**
         * Text. Texts that follow each other are one text, with one space put before it where the vocabulary wants
         * that.
         *
         * @param text any text
         */
        record Text(String text) implements Part {}

        /** The end of one text and the beginning of the next: each is encoded by itself. */
        record Cut() implements Part {}

        /** The token that begins a sequence. */
        record Bos() implements Part {}

        /** The token that begins a sequence, if the vocabulary says that prompts begin with it. */
        record Start() implements Part {}

        /** The token that ends a sequence. */
        record Eos() implements Part {}

        /**
         * A token of the model's own, such as {@code <|im_start|>}. For a vocabulary that has no such token it is text.
         *
         * @param piece the text of the token
         */
        record Mark(String piece) implements Part {}
    }

    /** Copies the parts. */
    public Prompt {
        parts = List.copyOf(parts);
    }

    /** {@return a builder of a prompt} */
    public static Builder builder() {
        return new Builder();
    }

    /** Writes a prompt down from left to right. */
    public static final class Builder {
        private final List<Part> parts = new ArrayList<>();

        private Builder() {}

        /**
         * Adds text.
         *
         * @param text any text; it goes on where the text before it ends
         * @return this
         */
        public Builder text(String text) {
            parts.add(new Part.Text(Objects.requireNonNull(text, "text")));
            return this;
        }

        /**
         * Ends a text, so that the next one is encoded by itself.
         *
         * @return this
         */
        public Builder cut() {
            parts.add(new Part.Cut());
            return this;
        }

        /**
         * Adds the token that begins a sequence.
         *
         * @return this
         */
        public Builder bos() {
            parts.add(new Part.Bos());
            return this;
        }

        /**
         * Adds the token that begins a sequence, if the vocabulary says that prompts begin with it.
         *
         * @return this
         */
        public Builder start() {
            parts.add(new Part.Start());
            return this;
        }

        /**
         * Adds the token that ends a sequence.
         *
         * @return this
         */
        public Builder eos() {
            parts.add(new Part.Eos());
            return this;
        }

        /**
         * Adds a token of the model's own, such as {@code <|im_start|>}.
         *
         * @param piece the text of the token; for a vocabulary that has no such token it is added as text
         * @return this
         */
        public Builder mark(String piece) {
            parts.add(new Part.Mark(Objects.requireNonNull(piece, "piece")));
            return this;
        }

        /** {@return the prompt} */
        public Prompt build() {
            return new Prompt(parts);
        }
    }

    /**
     * {@return the token ids}
     *
     * @param tokenizer the model's tokenizer
     */
    public int[] encode(Tokenizer tokenizer) {
        Ids ids = new Ids(tokenizer);
        for (Part part : parts) {
            switch (part) {
                case Part.Text(String text) -> ids.text.append(text);
                case Part.Cut() -> ids.cut();
                case Part.Bos() -> ids.token(tokenizer.vocabulary().bos());
                case Part.Start() -> {
                    if (tokenizer.vocabulary().addBos()) {
                        ids.token(tokenizer.vocabulary().bos());
                    }
                }
                case Part.Eos() -> ids.token(tokenizer.vocabulary().eos());
                case Part.Mark(String piece) -> {
                    OptionalInt id = tokenizer.idOf(piece);
                    if (id.isPresent()) {
                        ids.token(id.getAsInt());
                    } else {
                        ids.text.append(piece);
                    }
                }
            }
        }
        ids.cut();
        return ids.all.build().toArray();
    }

    /** The ids so far, and the text that is waiting to be encoded. */
    private static final class Ids {
        private final Tokenizer tokenizer;
        private final IntStream.Builder all = IntStream.builder();
        private final StringBuilder text = new StringBuilder();

        Ids(Tokenizer tokenizer) {
            this.tokenizer = tokenizer;
        }

        void cut() {
            for (int id : tokenizer.encode(text.toString())) {
                all.add(id);
            }
            text.setLength(0);
        }

        void token(int id) {
            cut();
            all.add(id);
        }
    }

    /** {@return the prompt for people to read, BOS and EOS written as {@code <s>} and {@code </s>}} */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            text.append(switch (part) {
                case Part.Text(String stretch) -> stretch;
                case Part.Cut() -> "";
                case Part.Bos() -> "<s>";
                case Part.Start() -> "<s>";
                case Part.Eos() -> "</s>";
                case Part.Mark(String piece) -> piece;
            });
        }
        return text.toString();
    }
}
