package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.model.LlamaModel;
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
}
