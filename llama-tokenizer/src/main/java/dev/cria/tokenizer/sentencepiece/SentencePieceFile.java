package dev.cria.tokenizer.sentencepiece;

import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a SentencePiece {@code .model} file (github.com/google/sentencepiece, sentencepiece_model.proto) of a BPE
 * model.
 */
public final class SentencePieceFile {
    private static final int MODEL_BPE = 2;
    /** SentencePiece's own words for a text that is changed in no way but that spaces are escaped. */
    private static final String IDENTITY = "identity";

    private SentencePieceFile() {}

    /**
     * Writes a file.
     *
     * @param vocabulary what to write
     * @param file where to; a file that is there is replaced once the new one is complete
     * @throws CriaException if it cannot be written
     */
    public static void write(Vocabulary vocabulary, Path file) {
        try (NewFile unfinished = new NewFile(file)) {
            Files.write(unfinished.path(), model(vocabulary).toByteArray());
            unfinished.complete();
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    private static ProtobufWriter model(Vocabulary vocabulary) {
        ProtobufWriter model = new ProtobufWriter();
        boolean bytes = false;
        for (Piece piece : vocabulary.pieces()) {
            ProtobufWriter message = new ProtobufWriter().string(1, piece.text()).floating(2, piece.score());
            // a normal piece is what a piece without a type is
            if (piece.type() != TokenType.NORMAL) {
                message.varint(3, piece.type().number());
            }
            model.message(1, message);
            bytes |= piece.type() == TokenType.BYTE;
        }
        return model.message(2, trainer(vocabulary, bytes)).message(3,
                new ProtobufWriter().string(1, IDENTITY).bool(3, vocabulary.spacePrefix() != SpacePrefix.NONE)
                        .bool(4, vocabulary.removeExtraWhitespaces()).bool(5, true));
    }

    /** What a reader needs to know of how the model was made; padding is a token that Llama 2 does not have. */
    private static ProtobufWriter trainer(Vocabulary vocabulary, boolean bytes) {
        return new ProtobufWriter().varint(3, MODEL_BPE).varint(4, vocabulary.size()).bool(35, bytes)
                .varint(40, vocabulary.unknown()).varint(41, vocabulary.bos()).varint(42, vocabulary.eos())
                .varint(43, -1).string(44, vocabulary.unknownSurface())
                .string(45, vocabulary.pieces().get(vocabulary.unknown()).text())
                .string(46, vocabulary.pieces().get(vocabulary.bos()).text())
                .string(47, vocabulary.pieces().get(vocabulary.eos()).text());
    }
}
