package dev.cria.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

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
            case NORMAL, UNUSED -> true;
            // added tokens are found as they stand in the text, not by merging
            case USER_DEFINED, UNKNOWN, CONTROL, BYTE -> false;
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

    /**
     * {@return the ids of a text}
     *
     * @param text the text
     * @param tokens finds tokens that stand in the text as they are
     * @param allowed which of these tokens may be found
     */
    int[] encode(String text, TokenTrie tokens, IntPredicate allowed) {
        return new Merging(new Preparation(text, tokens, allowed).run()).run();
    }

    /** Turns a text into code points with spaces escaped and prefixes added, and tokens that stand in it. */
    private final class Preparation {
        private final String text;
        private final TokenTrie tokens;
        private final IntPredicate allowed;
        private final boolean collapse = vocabulary.removeExtraWhitespaces();
        private int[] result;
        private int count;
        private boolean afterSpace = collapse;
        private boolean prefixDue = vocabulary.spacePrefix() != SpacePrefix.NONE;

        Preparation(String text, TokenTrie tokens, IntPredicate allowed) {
            this.text = text;
            this.tokens = tokens;
            this.allowed = allowed;
            this.result = new int[text.length() + 1];
        }

        /** {@return code points, and tokens as {@code -1 - id}} */
        int[] run() {
            int at = 0;
            while (at < text.length()) {
                int token = tokens.longest(text, at, allowed);
                if (token == NONE && prefixDue && !(afterSpace && text.charAt(at) == ' ')) {
                    token = tokenWithPrefix(at);
                    if (token != NONE) {
                        prefixDue = false;
                        at--;
                    }
                }
                at = token == NONE ? character(at) : token(token, at);
            }
            trimEnd();
            return Arrays.copyOf(result, count);
        }

        /** A token that was written with an escaped space at its beginning may use the prefix as that space. */
        private int tokenWithPrefix(int at) {
            return tokens.longestAfterSpace(text, at,
                    id -> vocabulary.pieces().get(id).text().charAt(0) == SPACE && allowed.test(id));
        }

        private int character(int at) {
            int c = text.codePointAt(at);
            boolean space = c == ' ';
            if (!(space && afterSpace)) {
                if (prefixDue) {
                    add(SPACE);
                    prefixDue = false;
                }
                add(space ? SPACE : c >= 0xd800 && c <= 0xdfff ? REPLACEMENT : c);
            }
            afterSpace = collapse && space;
            return at + Character.charCount(c);
        }

        private int token(int token, int at) {
            Vocabulary.Piece piece = vocabulary.pieces().get(token);
            boolean endsText = piece.type() != TokenType.USER_DEFINED;
            if (endsText) {
                trimEnd();
            } else if (prefixDue && vocabulary.spacePrefix() == SpacePrefix.TEXT) {
                add(SPACE);
            }
            add(-1 - token);
            afterSpace = collapse && endsText;
            prefixDue = switch (vocabulary.spacePrefix()) {
                case EACH -> true;
                case TEXT -> endsText;
                case FIRST, NONE -> false;
            };
            return at + piece.text().length();
        }

        private void trimEnd() {
            while (collapse && count > 0 && result[count - 1] == SPACE) {
                count--;
            }
        }

        private void add(int element) {
            if (count == result.length) {
                result = Arrays.copyOf(result, 2 * count);
            }
            result[count++] = element;
        }
    }

    /** The merging of one text: a linked list of symbols and a heap of candidate pairs. */
    private final class Merging {
        private final int[] elements;
        private final int[] symbol;
        private final int[] next;
        private final int[] previous;
        private final boolean[] frozen;
        private final CandidateHeap heap;
        private final Map<Integer, int[]> unusedParts = new HashMap<>();
        private int count;

        /** Takes code points, and tokens as {@code -1 - id}. */
        Merging(int[] elements) {
            this.elements = elements;
            this.symbol = new int[elements.length];
            this.next = new int[elements.length];
            this.previous = new int[elements.length];
            this.frozen = new boolean[elements.length];
            this.heap = new CandidateHeap(elements.length);
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

        /** One symbol per character or token. Unknown characters keep their code point, encoded below zero. */
        private void split() {
            for (int element : elements) {
                frozen[count] = element < 0;
                symbol[count] = element < 0 ? -1 - element : characters.getOrDefault(element, -2 - element);
                next[count] = count + 1;
                previous[count] = count - 1;
                count++;
            }
            if (count > 0) {
                next[count - 1] = NONE;
            }
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
