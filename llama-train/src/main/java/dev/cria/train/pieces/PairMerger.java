package dev.cria.train.pieces;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Finds the pieces of byte-pair encoding: time and again the pair of neighbours that is most frequent in the words
 * becomes one symbol. Of equally frequent pairs the one whose text comes first in the order of code units is taken.
 */
public final class PairMerger {
    /** Stands for a character that has no piece; nothing merges with it. */
    private static final int NONE = -1;

    private final int longest;
    private final List<String> texts = new ArrayList<>();
    private final Map<String, Integer> symbols = new HashMap<>();
    private final List<Word> words = new ArrayList<>();
    private final Map<Long, Pair> pairs = new HashMap<>();

    private static final class Word {
        private final long count;
        private int[] symbols;

        Word(int[] symbols, long count) {
            this.symbols = symbols;
            this.count = count;
        }
    }

    /** Two symbols next to each other: how often, and in which words (in some of them, perhaps, no longer). */
    private static final class Pair {
        private final int left;
        private final int right;
        private final String text;
        private final SortedSet<Integer> words = new TreeSet<>();
        private long count;

        Pair(int left, int right, String text) {
            this.left = left;
            this.right = right;
            this.text = text;
        }

        boolean comesBefore(Pair other) {
            return count > other.count || (count == other.count && text.compareTo(other.text) < 0);
        }
    }

    /**
     * Takes the words apart.
     *
     * @param counts how often each word occurs
     * @param characters code points that have a piece
     * @param longest largest number of characters of a piece
     */
    public PairMerger(Map<String, Long> counts, Set<Integer> characters, int longest) {
        this.longest = longest;
        counts.forEach((text, count) -> {
            int[] parts = text.codePoints()
                    .map(c -> characters.contains(c) ? symbol(Character.toString(c)) : NONE).toArray();
            words.add(new Word(parts, count));
            count(words.size() - 1, 1);
        });
    }

    private int symbol(String text) {
        return symbols.computeIfAbsent(text, key -> {
            texts.add(key);
            return texts.size() - 1;
        });
    }

    /** Adds a word's pairs, or takes them away. */
    private void count(int index, int sign) {
        Word word = words.get(index);
        for (int i = 0; i + 1 < word.symbols.length; i++) {
            int left = word.symbols[i];
            int right = word.symbols[i + 1];
            if (left == NONE || right == NONE) {
                continue;
            }
            Pair pair = pairs.computeIfAbsent(((long) left << 32) | right,
                    key -> new Pair(left, right, texts.get(left) + texts.get(right)));
            pair.count += sign * word.count;
            if (sign > 0) {
                pair.words.add(index);
            }
        }
    }

    /**
     * Merges.
     *
     * @param pieces how many pieces to find
     * @return the pieces, first found first; fewer where all words are whole
     */
    public List<String> merge(int pieces) {
        List<String> found = new ArrayList<>();
        while (found.size() < pieces) {
            Pair best = null;
            for (Pair pair : pairs.values()) {
                if (pair.count > 0 && pair.text.codePointCount(0, pair.text.length()) <= longest
                        && (best == null || pair.comesBefore(best))) {
                    best = pair;
                }
            }
            if (best == null) {
                break;
            }
            // a piece that can be put together in two ways is one piece
            if (!symbols.containsKey(best.text)) {
                found.add(best.text);
            }
            merge(best, symbol(best.text));
        }
        return found;
    }

    private void merge(Pair pair, int merged) {
        for (int index : List.copyOf(pair.words)) {
            count(index, -1);
            Word word = words.get(index);
            int[] symbolsLeft = new int[word.symbols.length];
            int length = 0;
            for (int i = 0; i < word.symbols.length; i++) {
                boolean here = word.symbols[i] == pair.left && i + 1 < word.symbols.length
                        && word.symbols[i + 1] == pair.right;
                symbolsLeft[length++] = here ? merged : word.symbols[i];
                i += here ? 1 : 0;
            }
            word.symbols = Arrays.copyOf(symbolsLeft, length);
            count(index, 1);
        }
        pairs.remove(((long) pair.left << 32) | pair.right);
    }
}
