package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.model.config.KvType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which weights to load and how, for every command that computes with them, under the names of the API. */
class WeightOptions {
    @Mixin
    private ModelChoice model = new ModelChoice();

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: all processors)")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--lora", paramLabel = "PATH[:SCALE]", description = "LoRA adapter, a GGUF file or a PEFT folder, and how much of it (default: 1); may be repeated")
    private List<String> lora = List.of();

    @Option(names = "--activations", paramLabel = "TYPE", description = "how inputs are kept while they are multiplied with weights of 4 to 6 bits: F32 or Q8, which is faster (default: Q8, for score and perplexity F32)")
    private Optional<ActivationType> activations = Optional.empty();

    @Option(names = "--kv-type", paramLabel = "TYPE", description = "how keys and values are kept: ${COMPLETION-CANDIDATES} (default: F32 while a full context takes at most 1 GiB, otherwise F16)")
    private Optional<KvType> kvType = Optional.empty();

    private final ActivationType usualActivations;

    /** For commands that write text. */
    WeightOptions() {
        this(ActivationType.Q8);
    }

    /** For commands that mostly take these activations. */
    WeightOptions(ActivationType usualActivations) {
        this.usualActivations = usualActivations;
    }

    /** {@return what messages call the model} */
    String name() {
        return model.name();
    }

    /** {@return settings for loading the model; what is wrong with the options is wrong usage of the command} */
    LlamaModel.Builder builder(CommandSpec spec) {
        LlamaModel.Builder builder = model.builder(spec).activations(activations.orElse(usualActivations));
        set(spec, "--threads", threads, builder::threads);
        set(spec, "--kv-type", kvType, builder::kvType);
        lora.forEach(text -> set(spec, "--lora", Optional.of(text), adapter -> addLora(builder, adapter, spec)));
        return builder;
    }

    /** Passes on the value of an option, if it was given; one that is impossible is wrong usage of the command. */
    static <T> void set(CommandSpec spec, String option, Optional<T> value, Consumer<? super T> setting) {
        try {
            value.ifPresent(setting);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
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
