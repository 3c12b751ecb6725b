package dev.cria.cli;

import dev.cria.model.LlamaModel;
import dev.cria.model.ModelFile;
import dev.cria.tiny.TinyLlama;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which model a command runs on: the one that is named, or else the tiny one that comes with the program. */
final class ModelChoice {
    private static final Path TINY = Path.of("tiny");

    @Option(names = "--model", paramLabel = "FILE", description = "weights of a Llama model: a GGUF or llama2.c file, or a folder of Hugging Face's or Meta's layout (default: tiny, the model that comes with cria)")
    private Optional<Path> named = Optional.empty();

    /** {@return whether the command was told which model to take} */
    boolean isNamed() {
        return named.isPresent();
    }

    /** {@return what messages call the model} */
    String name() {
        return named.orElse(TINY).toString();
    }

    /** {@return settings for loading the model} */
    LlamaModel.Builder builder(CommandSpec spec) {
        return file(spec).map(LlamaModel::builder).orElseGet(TinyLlama::builder);
    }

    /** {@return the model's file; closing it is up to the caller} */
    ModelFile open(CommandSpec spec) {
        return file(spec).map(ModelFile::open).orElseGet(TinyLlama::open);
    }

    /** The file, if it is not the tiny model, which is said, lest somebody take it for more. */
    private Optional<Path> file(CommandSpec spec) {
        Optional<Path> file = named.filter(path -> !path.equals(TINY));
        if (file.isEmpty()) {
            Shell.of(spec).remark(named.isEmpty()
                    ? "no --model is named, so this is the tiny model that comes with cria"
                    : "this is the tiny model that comes with cria");
        }
        return file;
    }
}
