package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.loading.ChatTemplateChoice;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.loading.GgufVocabulary;
import dev.cria.model.loading.InfillTokens;
import dev.cria.model.loading.LlamaMetadata;
import dev.cria.model.loading.ModelPath;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufFile;
import dev.cria.quant.QuantMix;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A weight file that has been opened and checked, but not loaded: its sizes, its tokenizer, what it is made of. Opening
 * takes milliseconds. Thread-safe.
 */
public final class ModelFile implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final GgufModel model;
    private final Tokenizer tokenizer;

    private ModelFile(Checkpoint checkpoint, GgufModel model, Tokenizer tokenizer) {
        this.checkpoint = checkpoint;
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /**
     * Opens a Llama model in any layout.
     *
     * @param path a GGUF file or the first of its shards, a folder of Hugging Face's or Meta's layout or a file in it,
     *        or a llama2.c checkpoint with its tokenizer beside it
     * @return the open file
     * @throws MalformedFileException if it is broken or not of a supported kind; the message names what and where
     * @throws CriaException if it cannot be read
     */
    public static ModelFile open(Path path) {
        return open(ModelPath.open(path));
    }

    /**
     * Reads a GGUF file from a stream into memory, as for a model that comes in a jar.
     *
     * @param gguf the stream, which is read to its end and not closed
     * @param name what it is called in messages
     * @return the open file
     * @throws MalformedFileException if it is broken or not of a supported kind; the message says what and where
     * @throws CriaException if it cannot be read, or does not fit into memory
     */
    public static ModelFile open(InputStream gguf, String name) {
        return open(Checkpoint.of(GgufFile.open(gguf, name)));
    }

    /**
     * Opens a GGUF file that is in memory.
     *
     * @param gguf its content, accessible by all threads; not copied, so it must stay as it is until the file is closed
     * @param name what it is called in messages
     * @return the open file
     * @throws MalformedFileException if it is broken or not of a supported kind; the message says what and where
     * @throws IllegalArgumentException if the memory belongs to one thread
     */
    public static ModelFile open(MemorySegment gguf, String name) {
        return open(Checkpoint.of(GgufFile.open(gguf, name)));
    }

    private static ModelFile open(Checkpoint checkpoint) {
        try {
            return new ModelFile(checkpoint, new GgufModel(checkpoint), Tokenizer.of(GgufVocabulary.read(checkpoint)));
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    /** {@return the path that was opened; of a stream or of memory, the name that it was given} */
    public Path path() {
        return checkpoint.path();
    }

    /** {@return the format and its version, such as {@code "GGUF 3"}} */
    public String format() {
        return checkpoint.format();
    }

    /** {@return what the model is made of, for those that write it in another form; closed with this file} */
    public Checkpoint checkpoint() {
        return checkpoint;
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
        return checkpoint.tensors().values().stream().mapToLong(tensor -> Math.multiplyExact(tensor.rows(),
                tensor.columns())).sum();
    }

    /** {@return the model with its matrices in another storage format, to which they are brought when they are read} */
    GgufModel quantized(QuantType type) {
        Checkpoint quantized = checkpoint.quantized(type);
        return quantized == checkpoint ? model : new GgufModel(quantized);
    }

    /** {@return how many tensors there are of each storage format, by its name} */
    public SequencedMap<String, Integer> tensorTypes() {
        SequencedMap<String, Integer> types = new TreeMap<>();
        checkpoint.tensors().values().forEach(tensor -> types.merge(tensor.type().name(), 1, Integer::sum));
        return types;
    }

    /** {@return the mix of types that the weights have, if it is one that llama.cpp's quantiser makes} */
    public Optional<QuantMix> mix() {
        return QuantMix.of(checkpoint);
    }

    /** {@return the chat template that the file carries, in Jinja, if it has one} */
    public Optional<String> chatTemplateText() {
        return LlamaMetadata.chatTemplate(checkpoint.metadata());
    }

    /**
     * {@return the chat template that is used for the model: the text that the file carries, otherwise one of
     * {@link ChatTemplate#names} by the model's tokens, name and sizes, otherwise Llama 2's. If the text cannot be read
     * the template is named {@code unreadable}, and says why when it is used}
     */
    public ChatTemplate chatTemplate() {
        String names = Stream.of("general.name", "general.basename", "general.finetune")
                .flatMap(key -> checkpoint.metadata().string(key).stream()).collect(Collectors.joining(" "));
        ChatTemplateChoice choice = new ChatTemplateChoice(config(), tokenizer, names);
        return chatTemplateText().map(choice::fromText).orElseGet(choice::fromModel);
    }

    /** {@return the tokens for gaps, which not all models have} */
    InfillTokens requireInfillTokens() {
        return InfillTokens.of(checkpoint, tokenizer).orElseThrow(() -> new CriaException(path()
                + ": the model cannot fill gaps, because its vocabulary has no infilling tokens (\u2581<PRE>, \u2581<SUF> and"
                + " \u2581<MID>); Code Llama 7B and 13B have them"));
    }

    /**
     * {@return the ids that end a generation}
     *
     * @param template the chat template, whose end of an answer ends any text
     */
    Set<Integer> endTokens(ChatTemplate template) {
        Set<Integer> ends = new HashSet<>(
                LlamaMetadata.endTokens(checkpoint.metadata(), tokenizer.vocabulary().size()));
        ends.add(tokenizer.vocabulary().eos());
        for (String stop : template.stops()) {
            OptionalInt id = tokenizer.idOf(stop);
            // a text that is written in ordinary tokens ends only answers, not any text
            if (id.isPresent() && isMark(tokenizer.vocabulary().pieces().get(id.getAsInt()).type())) {
                ends.add(id.getAsInt());
            }
        }
        return Set.copyOf(ends);
    }

    private static boolean isMark(TokenType type) {
        return switch (type) {
            case CONTROL, USER_DEFINED -> true;
            case NORMAL, UNKNOWN, UNUSED, BYTE -> false;
        };
    }

    /** {@return the model as the file has it} */
    GgufModel model() {
        return model;
    }

    /** Unmaps the checkpoint. */
    @Override
    public void close() {
        checkpoint.close();
    }
}
