package dev.cria.tokenizer.llama2c;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads llama2.c's {@code tokenizer.bin}: the length of the longest piece, then a score, a length and the text of each
 * piece up to the end of the file. The file has spaces as they are and lacks the kinds of the pieces, which follow from
 * their places: 0 is unknown, 1 and 2 are BOS and EOS, the 256 after them bytes.
 */
public final class TokenizerBin {
    private static final long LARGEST_FILE = 1 << 28;
    private static final int UNKNOWN = 0;
    private static final int BOS = 1;
    private static final int EOS = 2;
    private static final int FIRST_BYTE = 3;
    private static final int BYTES = 256;

    private final Path file;
    private final ByteBuffer bytes;

    private TokenizerBin(Path file, byte[] bytes) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Reads a file.
     *
     * @param file a {@code tokenizer.bin}
     * @return its vocabulary
     * @throws MalformedFileException if it is not of this format or cut short
     * @throws CriaException if it cannot be read
     */
    public static Vocabulary read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new MalformedFileException(file, "not a tokenizer of llama2.c: larger than 256 MiB");
            }
            return new TokenizerBin(file, Files.readAllBytes(file)).read();
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private Vocabulary read() {
        need(Integer.BYTES, 0);
        int longest = bytes.getInt();
        List<Piece> pieces = new ArrayList<>();
        while (bytes.hasRemaining()) {
            pieces.add(piece(pieces.size(), longest));
        }
        if (pieces.size() < FIRST_BYTE + BYTES) {
            throw malformed("it has " + pieces.size() + " pieces, fewer than the " + (FIRST_BYTE + BYTES)
                    + " that every one has");
        }
        return new Vocabulary(pieces, BOS, EOS, UNKNOWN, true, false, SpacePrefix.TEXT, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE);
    }

    private Piece piece(int id, int longest) {
        need(Float.BYTES + Integer.BYTES, id);
        float score = bytes.getFloat();
        int length = bytes.getInt();
        if (length < 0 || length > longest) {
            throw malformed("piece " + id + " has " + Integer.toUnsignedString(length) + " bytes, more than the "
                    + longest + " of the longest");
        }
        need(length, id);
        ByteBuffer slice = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedFileException(file, "not a tokenizer of llama2.c: piece " + id + " is not UTF-8", e);
        }
        return switch (id) {
            case UNKNOWN -> new Piece("<unk>", score, TokenType.UNKNOWN);
            case BOS -> new Piece("<s>", score, TokenType.CONTROL);
            case EOS -> new Piece("</s>", score, TokenType.CONTROL);
            default -> id < FIRST_BYTE + BYTES
                    ? bytePiece(id, text, score)
                    : new Piece(text.replace(' ', '\u2581'), score, TokenType.NORMAL);
        };
    }

    private Piece bytePiece(int id, String text, float score) {
        try {
            return new Piece(text, score, TokenType.BYTE);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(file, "not a tokenizer of llama2.c: piece " + id + ": " + e.getMessage(),
                    e);
        }
    }

    private void need(int count, int id) {
        if (count > bytes.remaining()) {
            throw malformed("it ends in piece " + id + ": " + count + " bytes expected, " + bytes.remaining()
                    + " are left");
        }
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, "not a tokenizer of llama2.c, or cut short: " + problem);
    }
}
