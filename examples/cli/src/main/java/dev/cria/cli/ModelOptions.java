package dev.cria.cli;

import dev.cria.model.GenerationOptions;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options that several commands share, under the names of the API. */
final class ModelOptions {
    @Option(names = "--model", paramLabel = "FILE", description = "file or folder of a Llama model (default: tiny, the model that comes with cria)")
    private Optional<Path> model = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: all processors)")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--context", paramLabel = "N", description = "tokens that prompt and answer may have together (default: the model's)")
    private Optional<Integer> context = Optional.empty();

    @Option(names = "--lora", paramLabel = "PATH[:SCALE]", description = "LoRA adapter, a GGUF file or a PEFT folder, and how much of it (default: 1); may be repeated")
    private List<String> lora = List.of();

    LlamaModel load(CommandSpec spec) {
        return load(spec, Optional.empty());
    }

    /** Loads the model with a chat template of this name, if there is one. */
    LlamaModel load(CommandSpec spec, Optional<String> template) {
        LlamaModel.Builder builder = LlamaModel.builder(ModelChoice.of(model, spec.commandLine().getErr()));
        try {
            threads.ifPresent(builder::threads);
            context.ifPresent(builder::contextLength);
            lora.forEach(text -> addLora(builder, text, spec));
            template.ifPresent(builder::chatTemplate);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        return builder.load();
    }

    /** What follows the last colon is a scale, unless there is a file whose name has the colon. */
    private static void addLora(LlamaModel.Builder builder, String text, CommandSpec spec) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || Files.exists(Path.of(text))) {
            builder.lora(LoraAdapter.load(Path.of(text)), 1);
            return;
        }
        double scale;
        try {
            scale = Double.parseDouble(text.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), "the scale of --lora must be a number, but is "
                    + text.substring(colon + 1), e);
        }
        builder.lora(LoraAdapter.load(Path.of(text.substring(0, colon))), scale);
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
            try {
                return apply(options);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
            }
        }

        private <S extends GenerationOptions<S>> S apply(S options) {
            maxTokens.ifPresent(options::maxTokens);
            temperature.ifPresent(options::temperature);
            topK.ifPresent(options::topK);
            topP.ifPresent(options::topP);
            minP.ifPresent(options::minP);
            seed.ifPresent(options::seed);
            return stop.isEmpty() ? options : options.stop(stop.toArray(String[]::new));
        }
    }
}
