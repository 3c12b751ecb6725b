package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which weights to load and how, for every command that computes with them, under the names of the API. */
class WeightOptions {
    @Option(names = "--model", paramLabel = "FILE", description = "weights of a Llama model: a GGUF or llama2.c file, or a folder of Hugging Face's or Meta's layout (default: tiny, the model that comes with cria)")
    private Optional<Path> model = Optional.empty();

    /** The model's file, once it is known. */
    private Optional<Path> chosen = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: all processors)")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--lora", paramLabel = "PATH[:SCALE]", description = "LoRA adapter, a GGUF file or a PEFT folder, and how much of it (default: 1); may be repeated")
    private List<String> lora = List.of();

    @Option(names = "--activations", paramLabel = "TYPE", description = "how inputs are kept while they are multiplied with weights of 4 to 6 bits: F32 or Q8, which is faster (default: Q8, for score and perplexity F32)")
    private Optional<ActivationType> activations = Optional.empty();

    private final ActivationType usualActivations;

    /** For commands that write text. */
    WeightOptions() {
        this(ActivationType.Q8);
    }

    /** For commands that mostly take these activations. */
    WeightOptions(ActivationType usualActivations) {
        this.usualActivations = usualActivations;
    }

    Path path(CommandSpec spec) {
        Path path = chosen.orElseGet(() -> ModelChoice.of(model, spec.commandLine().getErr()));
        chosen = Optional.of(path);
        return path;
    }

    /** {@return settings for loading the model; what is wrong with the options is wrong usage of the command} */
    LlamaModel.Builder builder(CommandSpec spec) {
        LlamaModel.Builder builder = LlamaModel.builder(path(spec)).activations(activations.orElse(usualActivations));
        refuse(spec, () -> {
            threads.ifPresent(builder::threads);
            lora.forEach(text -> addLora(builder, text, spec));
        });
        return builder;
    }

    /** Sets something whose value may be impossible, which then is wrong usage of the command. */
    static void refuse(CommandSpec spec, Runnable setting) {
        try {
            setting.run();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
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
}
