package dev.cria.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair encoding by scores, as SentencePiece does it: of all neighbouring symbols whose concatenation is a piece,
 * the pair with the highest score is merged first, the leftmost of equals. A heap of candidates makes it O(n log n) for
 * any text.
 *
 * <p>Symbols are numbers: ids of pieces, and numbers above for characters that are no piece themselves. What a pair of
 * symbols merges to is one look-up in a table made of all ways to split all pieces, so merging touches no strings.
 */
final class BytePairEncoder {
    private static final char SPACE = '\u2581';
    private static final int REPLACEMENT = 0xfffd;
    private static final int NONE = -1;

    private final Vocabulary vocabulary;
    /** Pieces that text can become, by text. */
    private final Map<String, Integer> symbols = new HashMap<>();
    /** Symbols of single characters, the characters beyond the vocabulary numbered from its size on. */
    private final Map<Integer, Integer> characters = new HashMap<>();
    /** The characters of the symbols from the vocabulary's size on. */
    private final List<Integer> extraCharacters = new ArrayList<>();
    private final PairTable merges = new PairTable();
    private final int[] byteIds = new int[256];
    private final String[] userDefined;

    BytePairEncoder(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        Arrays.fill(byteIds, NONE);
        for (int id = 0; id < vocabulary.size(); id++) {
            Vocabulary.Piece piece = vocabulary.pieces().get(id);
            if (piece.type() == TokenType.BYTE) {
                byteIds[piece.byteValue()] = id;
            } else if (isText(piece.type())) {
                symbols.putIfAbsent(piece.text(), id);
            }
        }
        userDefined = vocabulary.pieces().stream().filter(p -> p.type() == TokenType.USER_DEFINED)
                .map(Vocabulary.Piece::text).filter(text -> !text.isEmpty())
                .sorted((a, b) -> b.length() - a.length()).toArray(String[]::new);
        for (Vocabulary.Piece piece : vocabulary.pieces()) {
            if (isText(piece.type())) {
                for (int c : piece.text().codePoints().toArray()) {
                    if (!characters.containsKey(c)) {
                        Integer id = symbols.get(Character.toString(c));
                        if (id == null) {
                            id = vocabulary.size() + extraCharacters.size();
                            extraCharacters.add(c);
                        }
                        characters.put(c, id);
                    }
                }
            }
        }
        symbols.forEach(this::addSplits);
    }

    private static boolean isText(TokenType type) {
        return switch (type) {
            case NORMAL, USER_DEFINED, UNUSED -> true;
            case UNKNOWN, CONTROL, BYTE -> false;
        };
    }

    private void addSplits(String text, int id) {
        for (int at = 1; at < text.length(); at++) {
            if (!Character.isLowSurrogate(text.charAt(at))) {
                int left = symbol(text.substring(0, at));
                int right = symbol(text.substring(at));
                if (left != NONE && right != NONE) {
                    merges.put(left, right, id);
                }
            }
        }
    }

    private int symbol(String text) {
        Integer id = symbols.get(text);
        if (id != null) {
            return id;
        }
        boolean oneCharacter = text.codePointCount(0, text.length()) == 1;
        return oneCharacter ? characters.getOrDefault(text.codePointAt(0), NONE) : NONE;
    }

    int[] encode(String text) {
        int[] prepared = prepare(text);
        return new Merging(prepared).run();
    }

    /** Code points with spaces escaped and the dummy prefix in front. */
    private int[] prepare(String text) {
        int[] result = new int[text.length() + 1];
        int count = 0;
        boolean collapse = vocabulary.removeExtraWhitespaces();
        int at = 0;
        while (collapse && at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        if (at == text.length()) {
            return new int[0];
        }
        if (vocabulary.addDummyPrefix()) {
            result[count++] = SPACE;
        }
        boolean afterSpace = collapse;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            boolean space = c == ' ';
            if (!(space && afterSpace)) {
                result[count++] = space ? SPACE : c >= 0xd800 && c <= 0xdfff ? REPLACEMENT : c;
            }
            afterSpace = collapse && space;
        }
        while (collapse && count > 0 && result[count - 1] == SPACE) {
            count--;
        }
        return Arrays.copyOf(result, count);
    }

    /** The merging of one text: a linked list of symbols and a heap of candidate pairs. */
    private final class Merging {
        private final int[] codePoints;
        private final int[] symbol;
        private final int[] next;
        private final int[] previous;
        private final boolean[] frozen;
        private final CandidateHeap heap;
        private final Map<Integer, int[]> unusedParts = new HashMap<>();
        private int count;

        Merging(int[] codePoints) {
            this.codePoints = codePoints;
            this.symbol = new int[codePoints.length];
            this.next = new int[codePoints.length];
            this.previous = new int[codePoints.length];
            this.frozen = new boolean[codePoints.length];
            this.heap = new CandidateHeap(codePoints.length);
        }

        int[] run() {
            split();
            for (int i = 0; i + 1 < count; i++) {
                propose(i);
            }
            while (!heap.isEmpty()) {
                int left = heap.left();
                int merged = heap.symbol();
                heap.removeFirst();
                if (symbol[left] != NONE && next[left] != NONE && merged(left) == merged) {
                    merge(left, merged);
                }
            }
            return ids();
        }

        /**
         * One symbol per character, or per user-defined piece. Unknown characters keep their code point, encoded below
         * zero.
         */
        private void split() {
            for (int at = 0; at < codePoints.length; count++) {
                String user = userDefinedAt(at);
                if (user.isEmpty()) {
                    int c = codePoints[at++];
                    symbol[count] = characters.getOrDefault(c, -2 - c);
                } else {
                    symbol[count] = symbols.getOrDefault(user, vocabulary.unknown());
                    frozen[count] = true;
                    at += user.codePointCount(0, user.length());
                }
                next[count] = count + 1;
                previous[count] = count - 1;
            }
            if (count > 0) {
                next[count - 1] = NONE;
            }
        }

        private String userDefinedAt(int at) {
            for (String candidate : userDefined) {
                int length = candidate.codePointCount(0, candidate.length());
                if (at + length <= codePoints.length && new String(codePoints, at, length).equals(candidate)) {
                    return candidate;
                }
            }
            return "";
        }

        private int merged(int left) {
            int right = next[left];
            return frozen[left] || frozen[right] || symbol[left] < 0 || symbol[right] < 0
                    ? NONE
                    : merges.get(symbol[left], symbol[right]);
        }

        private void propose(int left) {
            int merged = merged(left);
            if (merged != NONE) {
                Vocabulary.Piece piece = vocabulary.pieces().get(merged);
                heap.add(piece.score(), left, merged);
                if (piece.type() == TokenType.UNUSED) {
                    unusedParts.put(merged, new int[]{symbol[left], symbol[next[left]]});
                }
            }
        }

        private void merge(int left, int merged) {
            int right = next[left];
            symbol[left] = merged;
            symbol[right] = NONE;
            next[left] = next[right];
            if (next[left] != NONE) {
                previous[next[left]] = left;
                propose(left);
            }
            if (previous[left] != NONE) {
                propose(previous[left]);
            }
        }

        private int[] ids() {
            IdList ids = new IdList(count);
            for (int i = count == 0 ? NONE : 0; i != NONE; i = next[i]) {
                emit(symbol[i], ids);
            }
            return ids.toArray();
        }

        private void emit(int s, IdList ids) {
            if (s >= 0 && s < vocabulary.size()) {
                int[] parts = vocabulary.pieces().get(s).type() == TokenType.UNUSED ? unusedParts.get(s) : null;
                if (parts == null) {
                    ids.add(s);
                } else {
                    emit(parts[0], ids);
                    emit(parts[1], ids);
                }
            } else {
                emitBytes(s < 0 ? -2 - s : extraCharacters.get(s - vocabulary.size()), ids);
            }
        }

        private void emitBytes(int codePoint, IdList ids) {
            byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
            for (byte b : bytes) {
                if (byteIds[b & 0xff] == NONE) {
                    ids.add(vocabulary.unknown());
                    return;
                }
            }
            for (byte b : bytes) {
                ids.add(byteIds[b & 0xff]);
            }
        }
    }

    /** A growing list of ids. */
    private static final class IdList {
        private int[] ids;
        private int size;

        IdList(int capacity) {
            ids = new int[Math.max(4, capacity)];
        }

        void add(int id) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, 2 * size);
            }
            ids[size++] = id;
        }

        int[] toArray() {
            return Arrays.copyOf(ids, size);
        }
    }
}
