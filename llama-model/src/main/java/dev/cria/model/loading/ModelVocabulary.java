package dev.cria.model.loading;

import dev.cria.core.MalformedFileException;
import dev.cria.quant.GgufMetadata;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the vocabulary that lies beside weights, makes it as large as the embedding, and writes it into metadata. */
final class ModelVocabulary {
    /** What llama.cpp's converter gives rows of the embedding that have no token. */
    private static final float PADDING_SCORE = -10_000;

    private ModelVocabulary() {}

    /**
     * Reads the first of some files that is there.
     *
     * @param folder where they may be
     * @param names their names, best first
     * @return the vocabulary, if there is one
     */
    static Optional<Vocabulary> find(Path folder, Stream<String> names) {
        return names.map(folder::resolve).filter(Files::isRegularFile).findFirst()
                .map(file -> Tokenizer.load(file).vocabulary());
    }

    /**
     * Adds a vocabulary to metadata.
     *
     * @param file the model, for messages
     * @param vocabulary the vocabulary
     * @param rows rows of the embedding
     * @param metadata receives the keys
     * @throws MalformedFileException if the embedding has no row for a token of the tokenizer's own
     */
    static void add(Path file, Vocabulary vocabulary, long rows, GgufMetadata.Builder metadata) {
        GgufVocabulary.write(fitted(file, vocabulary, rows), metadata);
    }

    /**
     * {@return a vocabulary with as many tokens as the embedding has rows}
     *
     * @param file the model, for messages
     * @param vocabulary the vocabulary
     * @param rows rows of the embedding
     * @throws MalformedFileException if the embedding has no row for a token of the tokenizer's own
     */
    static Vocabulary fitted(Path file, Vocabulary vocabulary, long rows) {
        List<Piece> pieces = new ArrayList<>(vocabulary.pieces());
        while (pieces.size() > rows && isAdded(pieces.getLast().type())) {
            pieces.removeLast();
        }
        if (pieces.size() > rows) {
            throw new MalformedFileException(file, "the tokenizer has " + pieces.size()
                    + " tokens, but the embedding has only " + rows + " rows");
        }
        while (pieces.size() < rows) {
            pieces.add(padding(pieces.size()));
        }
        return withPieces(vocabulary, pieces);
    }

    private static boolean isAdded(TokenType type) {
        return switch (type) {
            case CONTROL, USER_DEFINED, UNUSED -> true;
            case NORMAL, UNKNOWN, BYTE -> false;
        };
    }

    /** {@return a token for a row of the embedding that has none, as llama.cpp's converter writes it} */
    static Piece padding(int id) {
        return new Piece("[PAD" + id + "]", PADDING_SCORE, TokenType.UNUSED);
    }

    /** The vocabulary with other pieces. */
    static Vocabulary withPieces(Vocabulary vocabulary, List<Piece> pieces) {
        return new Vocabulary(pieces, vocabulary.bos(), vocabulary.eos(), vocabulary.unknown(), vocabulary.addBos(),
                vocabulary.addEos(), vocabulary.spacePrefix(), vocabulary.removeExtraWhitespaces(),
                vocabulary.unknownSurface());
    }
}
