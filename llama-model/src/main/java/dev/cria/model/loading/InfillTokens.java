package dev.cria.model.loading;

import dev.cria.core.MalformedFileException;
import dev.cria.quant.Checkpoint;
import dev.cria.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * The tokens with which Code Llama was taught to fill a gap (Bavarian et al. 2022).
 *
 * @param prefix stands before the text before the gap
 * @param suffix stands before the text after the gap
 * @param middle stands before the text in the gap
 * @param end ends the text in the gap, where there is such a token
 */
public record InfillTokens(int prefix, int suffix, int middle, OptionalInt end) {
    /** Any text that begins with this is encoded without the space that is put before a text. */
    private static final String GUARD = "\u263a";

    /**
     * {@return the tokens of a vocabulary, by the texts that Code Llama gave them}
     *
     * @param tokenizer the tokenizer of the model
     */
    public static Optional<InfillTokens> of(Tokenizer tokenizer) {
        return of(tokenizer.idOf("\u2581<PRE>"), tokenizer.idOf("\u2581<SUF>"), tokenizer.idOf("\u2581<MID>"),
                tokenizer.idOf("\u2581<EOT>"));
    }

    /**
     * {@return the tokens that the metadata of a model name, otherwise those of its vocabulary}
     *
     * @param file an open model
     * @param tokenizer its tokenizer
     * @throws MalformedFileException if the metadata names a token that is not in the vocabulary
     */
    public static Optional<InfillTokens> of(Checkpoint file, Tokenizer tokenizer) {
        Optional<InfillTokens> named = of(id(file, tokenizer, "fim_pre", "prefix"),
                id(file, tokenizer, "fim_suf", "suffix"),
                id(file, tokenizer, "fim_mid", "middle"), id(file, tokenizer, "eot"));
        return named.or(() -> of(tokenizer));
    }

    private static Optional<InfillTokens> of(OptionalInt prefix, OptionalInt suffix, OptionalInt middle,
            OptionalInt end) {
        return prefix.isPresent() && suffix.isPresent() && middle.isPresent()
                ? Optional.of(new InfillTokens(prefix.getAsInt(), suffix.getAsInt(), middle.getAsInt(), end))
                : Optional.empty();
    }

    private static OptionalInt id(Checkpoint file, Tokenizer tokenizer, String... names) {
        List<String> keys = Arrays.stream(names).map(name -> "tokenizer.ggml." + name + "_token_id").toList();
        for (String key : keys) {
            OptionalLong id = file.metadata().integer(key);
            if (id.isPresent()) {
                int size = tokenizer.vocabulary().size();
                if (id.getAsLong() < 0 || id.getAsLong() >= size) {
                    throw new MalformedFileException(file.path(), key + " must be a token from 0 to " + (size - 1)
                            + ", but is " + id.getAsLong());
                }
                return OptionalInt.of((int) id.getAsLong());
            }
        }
        return OptionalInt.empty();
    }

    /**
     * {@return the prompt whose continuation is the text in the gap, as Meta's reference forms it: the text before, the
     * text after without the space that is put before a text, then the gap}
     *
     * @param tokenizer the tokenizer of the model
     * @param before text before the gap
     * @param after text after the gap
     */
    public int[] prompt(Tokenizer tokenizer, String before, String after) {
        IntStream.Builder prompt = IntStream.builder();
        prompt.add(tokenizer.vocabulary().bos());
        prompt.add(prefix);
        IntStream.of(tokenizer.encode(before)).forEach(prompt);
        prompt.add(suffix);
        IntStream.of(tokenizer.encode(GUARD + after)).skip(guard(tokenizer).length).forEach(prompt);
        prompt.add(middle);
        return prompt.build().toArray();
    }

    /**
     * {@return ids after which a continuation is decoded with the space before its first word}
     *
     * @param tokenizer the tokenizer of the model
     */
    public static int[] guard(Tokenizer tokenizer) {
        return tokenizer.encode(GUARD);
    }
}
