package dev.cria.model.decoding;

import dev.cria.model.generation.CancellationToken;
import dev.cria.model.sampling.SamplingSettings;
import dev.cria.model.transformer.LoraSet;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The options of a generation.
 *
 * @param sampling how tokens are chosen
 * @param seed of the draws
 * @param maxTokens most tokens to generate
 * @param stops texts that end it
 * @param stopTokens tokens that end it besides EOS
 * @param timeout most time it may take
 * @param logprobs how many alternatives to report with the log-probabilities, or empty for no log-probabilities
 * @param echo whether the text begins with the prompt
 * @param adapters the adapters that change the model
 * @param cancellation ends it when it is cancelled
 * @param described the options that have a bearing on the text, by name, for people and transcripts
 */
public record Settings(SamplingSettings sampling, long seed, int maxTokens, List<String> stops, Set<Integer> stopTokens,
        Optional<Duration> timeout, OptionalInt logprobs, boolean echo, LoraSet adapters,
        CancellationToken cancellation, SequencedMap<String, String> described) {
    /** Copies the collections. */
    public Settings {
        stops = List.copyOf(stops);
        stopTokens = Set.copyOf(stopTokens);
        described = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(described));
    }
}
