package dev.cria.model.decoding;

import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.GenerationOptions;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The options of a generation that is about to begin.
 *
 * @param options how text is generated
 * @param seed of the draws
 * @param echo whether the text begins with the prompt
 * @param cancellation ends it when it is cancelled
 * @param described the options that have a bearing on the text, by name, for people and transcripts
 */
public record Settings(GenerationOptions options, long seed, boolean echo, CancellationToken cancellation,
        SequencedMap<String, String> described) {
    /** Copies the map. */
    public Settings {
        described = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(described));
    }

    /** {@return the seed where tokens are drawn} */
    public OptionalLong drawnSeed() {
        return options.isDrawn() ? OptionalLong.of(seed) : OptionalLong.empty();
    }

    /**
     * {@return the same with more that ends the text, of which there is no need to tell}
     *
     * @param texts texts that end it
     * @param tokens ids of tokens that end it
     */
    public Settings endingAt(List<String> texts, Set<Integer> tokens) {
        Set<Integer> ids = new HashSet<>(options.stopTokens());
        ids.addAll(tokens);
        return new Settings(
                options.withStop(Stream.concat(options.stop().stream(), texts.stream()).toList()).withStopTokens(ids),
                seed, echo, cancellation, described);
    }
}
