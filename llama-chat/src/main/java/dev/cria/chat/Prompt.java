package dev.cria.chat;

import dev.cria.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A dialog as a model wants to read it: what the template writes, what messages say, and marks between them. Only the
 * template's own marks become tokens that are marks; what looks like one inside a message stays text. Where a mark is
 * text itself, a message that contains it is refused.
 *
 * @param parts what the prompt is made of, first to last
 * @param reserved texts that only the template may write
 */
public record Prompt(List<Part> parts, Set<String> reserved) {
    /** A piece of a prompt. */
    public sealed interface Part {
        /**
         * Text of the template. Texts that follow each other, whoever wrote them, are one text, with one space put
         * before it where the vocabulary wants that.
         *
         * @param text any text
         */
        record Text(String text) implements Part {}

        /**
         * Text of a message.
         *
         * @param role whose message it is
         * @param text what it says
         */
        record Content(Role role, String text) implements Part {}

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

    /** Copies the collections. */
    public Prompt {
        parts = List.copyOf(parts);
        reserved = Collections.unmodifiableSet(new LinkedHashSet<>(reserved));
    }

    /** {@return a builder of a prompt} */
    public static Builder builder() {
        return new Builder();
    }

    /** Writes a prompt down from left to right. */
    public static final class Builder {
        private final List<Part> parts = new ArrayList<>();
        private final Set<String> reserved = new LinkedHashSet<>();

        private Builder() {}

        private Builder add(Part part) {
            parts.add(part);
            return this;
        }

        /**
         * Adds text of the template.
         *
         * @param text any text; it goes on where the text before it ends
         * @return this
         */
        public Builder text(String text) {
            return add(new Part.Text(Objects.requireNonNull(text, "text must not be null")));
        }

        /**
         * Adds what a message says.
         *
         * @param message the message
         * @return this
         */
        public Builder content(Message message) {
            return content(message.role(), message.content());
        }

        /**
         * Adds what a message says, stripped, say, or shortened.
         *
         * @param role whose message it is
         * @param text its text; it goes on where the text before it ends
         * @return this
         */
        public Builder content(Role role, String text) {
            return add(new Part.Content(Objects.requireNonNull(role, "role must not be null"),
                    Objects.requireNonNull(text, "text must not be null")));
        }

        /**
         * Ends a text, so that the next one is encoded by itself.
         *
         * @return this
         */
        public Builder cut() {
            return add(new Part.Cut());
        }

        /**
         * Adds the token that begins a sequence.
         *
         * @return this
         */
        public Builder bos() {
            return add(new Part.Bos());
        }

        /**
         * Adds the token that begins a sequence, if the vocabulary says that prompts begin with it.
         *
         * @return this
         */
        public Builder start() {
            return add(new Part.Start());
        }

        /**
         * Adds the token that ends a sequence.
         *
         * @return this
         */
        public Builder eos() {
            return add(new Part.Eos());
        }

        /**
         * Adds a token of the model's own, such as {@code <|im_start|>}.
         *
         * @param piece the text of the token; for a vocabulary that has no such token it is added as text, which no
         *        message may contain
         * @return this
         */
        public Builder mark(String piece) {
            reserved.add(Objects.requireNonNull(piece, "piece must not be null"));
            return add(new Part.Mark(piece));
        }

        /**
         * Names texts that set messages apart, such as {@code [INST]}, whether or not this prompt has them. Where they
         * are no tokens, messages of others than the assistant must not contain them: {@link Prompt#encode} refuses.
         *
         * @param texts the texts
         * @return this
         */
        public Builder reserve(String... texts) {
            reserved.addAll(List.of(texts));
            return this;
        }

        /** {@return the prompt} */
        public Prompt build() {
            return new Prompt(parts, reserved);
        }
    }

    /**
     * {@return the token ids}
     *
     * @param tokenizer the model's tokenizer
     * @throws InvalidDialogException if a message contains a mark of the template that is text for this vocabulary
     */
    public int[] encode(Tokenizer tokenizer) {
        return new PromptEncoder(this, tokenizer).encode();
    }

    /**
     * {@return the prompt for people to read; marks have their texts, and BOS and EOS are {@code <s>} and {@code </s>}
     * where the template does not write their texts itself}
     */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            text.append(switch (part) {
                case Part.Text(String stretch) -> stretch;
                case Part.Content(Role _, String stretch) -> stretch;
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
