package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.WorkerTeam;
import dev.cria.model.loading.ChatTemplateChoice;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.loading.GgufVocabulary;
import dev.cria.model.loading.InfillTokens;
import dev.cria.model.transformer.Weights;
import dev.cria.quant.GgufFile;
import dev.cria.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A weight file that has been opened and checked, but not loaded: its sizes, its tokenizer, what it is made of. Opening takes
 * milliseconds. Thread-safe.
 */
public final class ModelFile implements AutoCloseable {
    private final GgufFile file;
    private final GgufModel model;
    private final Tokenizer tokenizer;

    private ModelFile(GgufFile file, GgufModel model, Tokenizer tokenizer) {
        this.file = file;
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /**
     * Opens a GGUF file of a Llama model, or the first of its shards.
     *
     * @param path the file
     * @return the open file
     * @throws MalformedFileException if it is broken or not of a supported kind; the message names what and where
     * @throws CriaException if it cannot be read
     */
    public static ModelFile open(Path path) {
        GgufFile file = GgufFile.open(path);
        try {
            return new ModelFile(file, new GgufModel(file), Tokenizer.of(GgufVocabulary.read(file)));
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** {@return the path that was opened} */
    public Path path() {
        return file.path();
    }

    /** {@return the format and its version, such as {@code "GGUF 3"}} */
    public String format() {
        return "GGUF " + file.version();
    }

    /** {@return the sizes of the model} */
    public ModelConfig config() {
        return model.config();
    }

    /** {@return the tokenizer of the model} */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** {@return the bytes of all weights} */
    public long weightBytes() {
        return model.bytes();
    }

    /** {@return the number of all weights} */
    public long parameters() {
        return file.tensors().values().stream().mapToLong(tensor -> Math.multiplyExact(tensor.rows(),
                tensor.columns())).sum();
    }

    /** {@return how many tensors there are of each storage format, by its name} */
    public SequencedMap<String, Integer> tensorTypes() {
        SequencedMap<String, Integer> types = new TreeMap<>();
        file.tensors().values().forEach(tensor -> types.merge(tensor.type().name(), 1, Integer::sum));
        return types;
    }

    /** {@return the chat template that the file carries, in Jinja, if it has one} */
    public Optional<String> chatTemplateText() {
        return file.metadata().string("tokenizer.chat_template");
    }

    /**
     * {@return the chat template that is used for the model: by the text that the file carries, otherwise by the model's tokens, name and
     * sizes, otherwise Llama 2's; {@link ChatTemplate#unknown} if the text describes none of {@link ChatTemplate#names}}
     */
    public ChatTemplate chatTemplate() {
        String names = Stream.of("general.name", "general.basename", "general.finetune")
                .flatMap(key -> file.metadata().string(key).stream()).collect(Collectors.joining(" "));
        ChatTemplateChoice choice = new ChatTemplateChoice(config(), tokenizer, names);
        return chatTemplateText().map(choice::fromText).orElseGet(choice::fromModel);
    }

    Optional<InfillTokens> infillTokens() {
        return InfillTokens.of(file, tokenizer);
    }

    Weights load(boolean packed, Kernels kernels, WorkerTeam team, Arena arena) {
        return model.load(packed, kernels, team, arena);
    }

    /** Unmaps the file. */
    @Override
    public void close() {
        file.close();
    }
}
