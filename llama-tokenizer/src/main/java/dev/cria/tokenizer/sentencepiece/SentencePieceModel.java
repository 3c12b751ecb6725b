package dev.cria.tokenizer.sentencepiece;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a SentencePiece {@code .model} file (github.com/google/sentencepiece, sentencepiece_model.proto). */
public final class SentencePieceModel {
    private static final int MODEL_BPE = 2;
    private static final long LARGEST_FILE = 1 << 28;

    private final Path file;
    private final List<Piece> pieces = new ArrayList<>();
    private long modelType = 1;
    private int unknown;
    private int bos = 1;
    private int eos = 2;
    private String unknownSurface = Vocabulary.DEFAULT_UNKNOWN_SURFACE;
    private boolean addDummyPrefix = true;
    private boolean removeExtraWhitespaces = true;
    private boolean escapeWhitespaces = true;
    private boolean whitespaceAsSuffix;
    private boolean charactersMapped;
    private boolean trained;

    private SentencePieceModel(Path file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @param file a {@code .model} file
     * @return its vocabulary
     * @throws MalformedFileException if it is not a SentencePiece BPE model
     * @throws CriaException if it cannot be read
     */
    public static Vocabulary read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new MalformedFileException(file, "not a SentencePiece model: larger than 256 MiB");
            }
            return new SentencePieceModel(file).read(ByteBuffer.wrap(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private Vocabulary read(ByteBuffer bytes) {
        ProtobufReader model = new ProtobufReader(file, bytes);
        while (model.next()) {
            switch (model.field()) {
                case 1 -> pieces.add(piece(model.messageValue()));
                case 2 -> trainer(model.messageValue());
                case 3 -> normalizer(model.messageValue());
                default -> model.skip();
            }
        }
        if (pieces.isEmpty()) {
            throw new MalformedFileException(file, "not a SentencePiece model: it has no pieces");
        }
        if (!trained) {
            throw new MalformedFileException(file, "the trainer's settings, which say of what type the model is, are "
                    + "missing after " + pieces.size() + " pieces; perhaps the file is cut short");
        }
        if (modelType != MODEL_BPE) {
            throw new MalformedFileException(file, "the model type must be BPE (2), but is " + modelType);
        }
        if (whitespaceAsSuffix || !escapeWhitespaces || charactersMapped) {
            throw new MalformedFileException(file, "the model asks for text preparation that is not supported: "
                    + (whitespaceAsSuffix
                            ? "treat_whitespace_as_suffix"
                            : charactersMapped ? "a character map" : "escape_whitespaces off"));
        }
        try {
            return new Vocabulary(pieces, bos, eos, unknown, true, false,
                    addDummyPrefix ? SpacePrefix.TEXT : SpacePrefix.NONE, removeExtraWhitespaces, unknownSurface);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(file, String.valueOf(e.getMessage()), e);
        }
    }

    private Piece piece(ProtobufReader message) {
        String text = "";
        float score = 0;
        int type = TokenType.NORMAL.number();
        while (message.next()) {
            switch (message.field()) {
                case 1 -> text = message.stringValue();
                case 2 -> score = message.floatValue();
                case 3 -> type = (int) message.varintValue();
                default -> message.skip();
            }
        }
        int number = type;
        TokenType kind = TokenType.ofNumber(type).orElseThrow(() -> new MalformedFileException(file,
                "piece " + pieces.size() + " has the unknown type " + number));
        try {
            return new Piece(text, score, kind);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(file, "piece " + pieces.size() + ": " + e.getMessage(), e);
        }
    }

    private void trainer(ProtobufReader message) {
        trained = true;
        while (message.next()) {
            switch (message.field()) {
                case 3 -> modelType = message.varintValue();
                case 24 -> whitespaceAsSuffix = message.boolValue();
                case 40 -> unknown = (int) message.varintValue();
                case 41 -> bos = (int) message.varintValue();
                case 42 -> eos = (int) message.varintValue();
                case 44 -> unknownSurface = message.stringValue();
                default -> message.skip();
            }
        }
    }

    private void normalizer(ProtobufReader message) {
        while (message.next()) {
            switch (message.field()) {
                case 2 -> charactersMapped = !message.stringValue().isEmpty();
                case 3 -> addDummyPrefix = message.boolValue();
                case 4 -> removeExtraWhitespaces = message.boolValue();
                case 5 -> escapeWhitespaces = message.boolValue();
                default -> message.skip();
            }
        }
    }
}
