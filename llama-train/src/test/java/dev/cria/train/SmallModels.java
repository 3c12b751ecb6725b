package dev.cria.train;

import dev.cria.model.config.ModelConfig;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import dev.cria.train.network.Parameters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes small models for tests, and their vocabularies. */
public final class SmallModels {
    private SmallModels() {}

    /** {@return {@code <unk>}, BOS, EOS and letters} */
    public static Vocabulary vocabulary(int size) {
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece("<unk>", 0, TokenType.UNKNOWN));
        pieces.add(new Piece("<s>", 0, TokenType.CONTROL));
        pieces.add(new Piece("</s>", 0, TokenType.CONTROL));
        for (int i = 3; i < size; i++) {
            pieces.add(new Piece(String.valueOf((char) ('A' + i)), -i, TokenType.NORMAL));
        }
        return new Vocabulary(pieces, 1, 2, 0, true, false, SpacePrefix.EACH, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE);
    }

    /**
     * {@return {@code <unk>}, BOS, EOS, the printable characters of ASCII and a line break, of which texts are spelled;
     * 99 pieces}
     */
    public static Vocabulary characters() {
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece("<unk>", 0, TokenType.UNKNOWN));
        pieces.add(new Piece("<s>", 0, TokenType.CONTROL));
        pieces.add(new Piece("</s>", 0, TokenType.CONTROL));
        pieces.add(new Piece("\n", -1, TokenType.NORMAL));
        pieces.add(new Piece("\u2581", -1, TokenType.NORMAL));
        for (char c = ' ' + 1; c <= '~'; c++) {
            pieces.add(new Piece(String.valueOf(c), -c, TokenType.NORMAL));
        }
        return new Vocabulary(pieces, 1, 2, 0, true, false, SpacePrefix.EACH, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE);
    }

    /** Writes a model of random weights with {@link #characters}. */
    public static Path writeRandom(Path file, int contextLength, QuantType type) {
        ModelConfig config = new ModelConfig("random", 64, 2, 4, 2, 16, 96, characters().size(), contextLength, 1e-5f,
                10_000f, 1f);
        new GgufExport(config, Parameters.random(config, false, 3)).write(file, type, characters(), Optional.empty(),
                Map.of());
        return file;
    }

    /** Writes a model of these weights with {@link #vocabulary}. */
    public static Path write(Path file, ModelConfig config, Parameters parameters, QuantType type) {
        new GgufExport(config, parameters).write(file, type, vocabulary(config.vocabularySize()), Optional.empty(),
                Map.of());
        return file;
    }
}
