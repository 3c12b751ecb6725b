package dev.cria.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * SentencePiece's byte-pair encoding as it is described, in quadratic time: of all neighbours whose text together is a
 * piece, the two that make the best piece are joined, the leftmost of equals, until there are none. For vocabularies
 * without added tokens that put a space before text and keep spaces as they are.
 */
final class NaiveTokenizer {
    private final List<Vocabulary.Piece> pieces;
    private final Map<String, Integer> normal = new HashMap<>();
    private final Map<String, Integer> bytes = new HashMap<>();

    NaiveTokenizer(Vocabulary vocabulary) {
        pieces = vocabulary.pieces();
        for (int id = 0; id < pieces.size(); id++) {
            switch (pieces.get(id).type()) {
                case NORMAL -> normal.putIfAbsent(pieces.get(id).text(), id);
                case BYTE -> bytes.put(pieces.get(id).text(), id);
                case CONTROL, UNKNOWN -> {
                }
                default -> throw new IllegalArgumentException(pieces.get(id).toString());
            }
        }
    }

    int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        List<String> parts = new ArrayList<>();
        ("\u2581" + text.replace(' ', '\u2581')).codePoints()
                .mapToObj(c -> Character.getType(c) == Character.SURROGATE ? "\ufffd" : Character.toString(c))
                .forEach(parts::add);
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < parts.size(); i++) {
                if (score(parts, i) > (best < 0 ? Float.NEGATIVE_INFINITY : score(parts, best))) {
                    best = i;
                }
            }
            if (best < 0) {
                break;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
        List<Integer> ids = new ArrayList<>();
        for (String part : parts) {
            Optional.ofNullable(normal.get(part)).ifPresentOrElse(ids::add, () -> {
                for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
                    ids.add(bytes.get("<0x%02X>".formatted(b)));
                }
            });
        }
        return ids.stream().mapToInt(id -> id).toArray();
    }

    private float score(List<String> parts, int i) {
        Integer id = normal.get(parts.get(i) + parts.get(i + 1));
        return id == null ? Float.NEGATIVE_INFINITY : pieces.get(id).score();
    }

    String decode(int... ids) {
        StringBuilder text = new StringBuilder();
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream();
        boolean first = true;
        for (int id : ids) {
            Vocabulary.Piece piece = pieces.get(id);
            if (piece.type() == TokenType.BYTE) {
                utf8.write(Integer.parseInt(piece.text().substring(3, 5), 16));
                continue;
            }
            // any other token ends a run of bytes, a control token too
            text.append(characters(utf8.toByteArray()));
            utf8.reset();
            if (piece.type() == TokenType.UNKNOWN) {
                text.append(" \u2047 ");
            } else if (piece.type() == TokenType.NORMAL) {
                // the space that encoding put before the first word
                boolean added = first && text.isEmpty() && piece.text().startsWith("\u2581");
                text.append((added ? piece.text().substring(1) : piece.text()).replace('\u2581', ' '));
                first &= !added;
            }
        }
        return text.append(characters(utf8.toByteArray())).toString();
    }

    /** Every byte that is no part of a character is one U+FFFD. */
    private static String characters(byte[] utf8) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < utf8.length;) {
            int length = 1;
            while (length <= 4 && at + length <= utf8.length && character(utf8, at, length).isEmpty()) {
                length++;
            }
            boolean whole = length <= 4 && at + length <= utf8.length;
            text.append(whole ? character(utf8, at, length) : "\ufffd");
            at += whole ? length : 1;
        }
        return text.toString();
    }

    private static String character(byte[] utf8, int at, int length) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8, at, length)).toString();
        } catch (CharacterCodingException e) {
            return "";
        }
    }
}
