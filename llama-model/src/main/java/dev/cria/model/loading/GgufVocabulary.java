package dev.cria.model.loading;

import dev.cria.core.MalformedFileException;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufFile;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.StoredTensor;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** The vocabulary in the metadata of a GGUF file. The defaults are llama.cpp's for SentencePiece models. */
public final class GgufVocabulary {
    private static final String PREFIX = "tokenizer.ggml.";
    /**
     * Asked for by some SentencePiece models, not by Llama's; llama.cpp knows the key but heeds it only for other
     * vocabularies.
     */
    private static final String COLLAPSE = PREFIX + "remove_extra_whitespaces";

    /** Cria's own: where a space is put beside added tokens, which llama.cpp does in one way for all files. */
    private static final String SPACE_PREFIX = "cria.tokenizer.space_prefix";

    private final Path file;
    private final GgufMetadata metadata;
    private final PassedOver passedOver;

    private GgufVocabulary(Path file, GgufMetadata metadata) {
        this.file = file;
        this.metadata = metadata;
        this.passedOver = new PassedOver(file);
    }

    /**
     * {@return the vocabulary of a file}
     *
     * @param file an open file
     * @throws MalformedFileException if it has none, or one that contradicts itself or is not SentencePiece BPE
     */
    public static Vocabulary read(GgufFile file) {
        return new GgufVocabulary(file.path(), file.metadata()).read();
    }

    /**
     * {@return the vocabulary of a model in any layout}
     *
     * @param checkpoint an open model
     * @throws MalformedFileException if it has none, or one that contradicts itself or is not SentencePiece BPE
     */
    public static Vocabulary read(Checkpoint checkpoint) {
        if (!checkpoint.metadata().contains(PREFIX + "tokens") && !checkpoint.format().startsWith("GGUF")) {
            throw new MalformedFileException(checkpoint.path(),
                    "there is no tokenizer: put tokenizer.model, or what the layout has instead of it, beside the weights");
        }
        Vocabulary vocabulary = new GgufVocabulary(checkpoint.path(), checkpoint.metadata()).read();
        StoredTensor embedding = checkpoint.tensors().get("token_embd.weight");
        return embedding == null
                ? vocabulary
                : ModelVocabulary.fitted(checkpoint.path(), vocabulary, embedding.rows());
    }

    /**
     * Adds a vocabulary to metadata, so that {@link #read} gives it back.
     *
     * @param vocabulary the vocabulary
     * @param metadata receives the keys
     */
    public static void write(Vocabulary vocabulary, GgufMetadata.Builder metadata) {
        List<Piece> pieces = vocabulary.pieces();
        metadata.string(PREFIX + "model", "llama").string(PREFIX + "pre", "default")
                .strings(PREFIX + "tokens", pieces.stream().map(Piece::text).toList())
                .numbers(PREFIX + "scores", pieces.stream().map(piece -> (double) piece.score()).toList())
                .integers(PREFIX + "token_type", pieces.stream().map(piece -> (long) piece.type().number()).toList())
                .integer(PREFIX + "bos_token_id", vocabulary.bos()).integer(PREFIX + "eos_token_id", vocabulary.eos())
                .integer(PREFIX + "unknown_token_id", vocabulary.unknown())
                .bool(PREFIX + "add_bos_token", vocabulary.addBos())
                .bool(PREFIX + "add_eos_token", vocabulary.addEos())
                .bool(PREFIX + "add_space_prefix", vocabulary.spacePrefix() != SpacePrefix.NONE);
        boolean added = pieces.stream().anyMatch(piece -> piece.type() == TokenType.USER_DEFINED);
        if (added && (vocabulary.spacePrefix() == SpacePrefix.TEXT || vocabulary.spacePrefix() == SpacePrefix.FIRST)) {
            metadata.string(SPACE_PREFIX, vocabulary.spacePrefix().name());
        }
        if (vocabulary.removeExtraWhitespaces()) {
            metadata.bool(COLLAPSE, true);
        }
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, problem);
    }

    private Vocabulary read() {
        String model = metadata.string(PREFIX + "model").orElse("llama");
        if (!model.equals("llama")) {
            throw malformed("tokenizer.ggml.model is \"" + model + "\", supported is \"llama\" (SentencePiece BPE)");
        }
        List<String> tokens = metadata.strings(PREFIX + "tokens").orElseThrow(
                () -> malformed("metadata key tokenizer.ggml.tokens is missing"));
        List<Double> scores = metadata.numbers(PREFIX + "scores").orElseThrow(
                () -> malformed("metadata key tokenizer.ggml.scores is missing"));
        List<Long> types = metadata.integers(PREFIX + "token_type").orElse(
                Collections.nCopies(tokens.size(), (long) TokenType.NORMAL.number()));
        requireSize("scores", scores, tokens);
        requireSize("token_type", types, tokens);
        try {
            List<Piece> pieces = new ArrayList<>(tokens.size());
            for (int id = 0; id < tokens.size(); id++) {
                pieces.add(new Piece(tokens.get(id), scores.get(id).floatValue(), type(id, types.get(id))));
            }
            int size = pieces.size();
            Vocabulary vocabulary = new Vocabulary(pieces, id("bos_token_id", 1, size), id("eos_token_id", 2, size),
                    id("unknown_token_id", 0, size),
                    metadata.bool(PREFIX + "add_bos_token").orElse(true),
                    metadata.bool(PREFIX + "add_eos_token").orElse(false),
                    spacePrefix(),
                    metadata.bool(COLLAPSE).orElse(false),
                    Vocabulary.DEFAULT_UNKNOWN_SURFACE);
            passedOver.log();
            return vocabulary;
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(file, String.valueOf(e.getMessage()), e);
        }
    }

    private SpacePrefix spacePrefix() {
        if (!metadata.bool(PREFIX + "add_space_prefix").orElse(true)) {
            return SpacePrefix.NONE;
        }
        String name = metadata.string(SPACE_PREFIX).orElse(SpacePrefix.EACH.name());
        return Stream.of(SpacePrefix.values()).filter(value -> value.name().equals(name)).findFirst().orElseThrow(
                () -> malformed("metadata key " + SPACE_PREFIX + " must be one of "
                        + List.of(SpacePrefix.values()) + ", but is \"" + name + "\""));
    }

    private void requireSize(String key, List<?> values, List<?> tokens) {
        if (values.size() != tokens.size()) {
            throw malformed(
                    "tokenizer.ggml." + key + " has " + values.size() + " entries, but tokenizer.ggml.tokens has "
                            + tokens.size());
        }
    }

    private TokenType type(int id, long number) {
        return TokenType.ofNumber((int) number).orElseThrow(
                () -> malformed("tokenizer.ggml.token_type of token " + id + " is the unknown type " + number));
    }

    private int id(String key, int fallback, int size) {
        long value = metadata.integer(PREFIX + key).orElse(fallback);
        if (value < 0 || value >= size) {
            passedOver.add(PREFIX + key + " " + value + ", because there are only the tokens 0 to " + (size - 1));
            return fallback;
        }
        return (int) value;
    }
}
