package dev.cria.tokenizer;

import java.util.Arrays;

/**
 * Candidate merges, the one with the highest score first, the leftmost of equals: a binary heap of primitive numbers.
 */
final class CandidateHeap {
    /**
     * Order in one number: the score, turned so that higher scores are smaller, above the position of the left symbol.
     */
    private long[] keys;
    private int[] symbols;
    private int size;

    CandidateHeap(int capacity) {
        keys = new long[Math.max(4, capacity)];
        symbols = new int[keys.length];
    }

    boolean isEmpty() {
        return size == 0;
    }

    int left() {
        return (int) keys[0];
    }

    int symbol() {
        return symbols[0];
    }

    void add(float score, int left, int symbol) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, 2 * size);
            symbols = Arrays.copyOf(symbols, 2 * size);
        }
        long key = ((long) descending(score) << 32) | left;
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (keys[parent] <= key) {
                break;
            }
            keys[at] = keys[parent];
            symbols[at] = symbols[parent];
            at = parent;
        }
        keys[at] = key;
        symbols[at] = symbol;
    }

    void removeFirst() {
        size--;
        long key = keys[size];
        int symbol = symbols[size];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            keys[at] = keys[child];
            symbols[at] = symbols[child];
            at = child;
        }
        keys[at] = key;
        symbols[at] = symbol;
    }

    /** A whole number that orders as the score does, downwards; both zeros are one. */
    private static int descending(float score) {
        int bits = Float.floatToIntBits(score + 0f);
        int ascending = bits ^ ((bits >> 31) & 0x7fffffff);
        return ~ascending;
    }
}
