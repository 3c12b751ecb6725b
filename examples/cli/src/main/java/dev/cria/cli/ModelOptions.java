package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.model.GenerationOptions;
import dev.cria.model.LlamaModel;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which model to load and how, for commands that write text, under the names of the API. */
final class ModelOptions extends WeightOptions {
    @Option(names = "--context", paramLabel = "N", description = "tokens that prompt and answer may have together (default: the model's)")
    private Optional<Integer> context = Optional.empty();

    /** For commands that write text. */
    ModelOptions() {}

    /** For commands that mostly take these activations. */
    ModelOptions(ActivationType usualActivations) {
        super(usualActivations);
    }

    LlamaModel load(CommandSpec spec) {
        return load(spec, Optional.empty());
    }

    /** Loads the model with a chat template of this name, if there is one. */
    LlamaModel load(CommandSpec spec, Optional<String> template) {
        LlamaModel.Builder builder = builder(spec);
        set(spec, "--context", context, builder::contextLength);
        set(spec, "--template", template, builder::chatTemplate);
        return builder.load();
    }

    /** How tokens are chosen. */
    static final class Sampling {
        @Option(names = "--max-tokens", paramLabel = "N", description = "most tokens to generate (default: until the context is full)")
        private Optional<Integer> maxTokens = Optional.empty();

        @Option(names = "--temperature", paramLabel = "T", description = "0 always takes the most probable token (default: 0.6)")
        private Optional<Double> temperature = Optional.empty();

        @Option(names = "--top-k", paramLabel = "K", description = "chooses among the K most probable tokens, 0 among all (default: 0)")
        private Optional<Integer> topK = Optional.empty();

        @Option(names = "--top-p", paramLabel = "P", description = "chooses among the most probable tokens that make up P (default: 0.9)")
        private Optional<Double> topP = Optional.empty();

        @Option(names = "--min-p", paramLabel = "P", description = "drops tokens less probable than P times the most probable (default: 0)")
        private Optional<Double> minP = Optional.empty();

        @Option(names = "--seed", paramLabel = "S", description = "same seed, same tokens (default: random)")
        private Optional<Long> seed = Optional.empty();

        @Option(names = "--stop", paramLabel = "TEXT", description = "text that ends the answer; may be repeated")
        private List<String> stop = List.of();

        <S extends GenerationOptions<S>> S apply(S options, CommandSpec spec) {
            set(spec, "--max-tokens", maxTokens, options::maxTokens);
            set(spec, "--temperature", temperature, options::temperature);
            set(spec, "--top-k", topK, options::topK);
            set(spec, "--top-p", topP, options::topP);
            set(spec, "--min-p", minP, options::minP);
            set(spec, "--seed", seed, options::seed);
            set(spec, "--stop", Optional.of(stop).filter(texts -> !texts.isEmpty()),
                    texts -> options.stop(texts.toArray(String[]::new)));
            return options;
        }
    }
}
