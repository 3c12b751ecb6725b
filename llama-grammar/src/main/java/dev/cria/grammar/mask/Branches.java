package dev.cria.grammar.mask;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Places in a trie that are looked at as one: their children with equal labels are again one place. */
final class Branches {
    private final TokenTrie trie;
    private final int[] nodes;
    private volatile @Nullable Children children;

    /**
     * @param trie the trie
     * @param nodes at least one node
     */
    Branches(TokenTrie trie, int[] nodes) {
        this.trie = trie;
        this.nodes = nodes;
    }

    /**
     * Children by rising labels.
     *
     * @param labels their bytes
     * @param branches the places
     */
    record Children(byte[] labels, Branches[] branches) {}

    Children children() {
        Children known = children;
        if (known == null) {
            known = expand();
            children = known;
        }
        return known;
    }

    boolean isInner() {
        for (int node : nodes) {
            if (!trie.isLeaf(node)) {
                return true;
            }
        }
        return false;
    }

    /** Adds the tokens that end here. */
    void mark(long[] mask) {
        for (int node : nodes) {
            for (int i = trie.first[node]; i < trie.first[node + 1]; i++) {
                mask[trie.tokens[i] >> 6] |= 1L << trie.tokens[i];
            }
        }
    }

    private Children expand() {
        int[][] byLabel = new int[256][];
        int[] counts = new int[256];
        for (int node : nodes) {
            for (int child = node + 1; child < trie.end[node]; child = trie.end[child]) {
                int value = trie.label[child] & 0xFF;
                int[] list = byLabel[value];
                if (list == null) {
                    list = new int[nodes.length == 1 ? 1 : 4];
                } else if (counts[value] == list.length) {
                    list = Arrays.copyOf(list, 2 * list.length);
                }
                list[counts[value]++] = child;
                byLabel[value] = list;
            }
        }
        byte[] labels = new byte[256];
        Branches[] branches = new Branches[256];
        int found = 0;
        for (int value = 0; value < 256; value++) {
            if (counts[value] > 0) {
                labels[found] = (byte) value;
                branches[found++] = new Branches(trie, Arrays.copyOf(byLabel[value], counts[value]));
            }
        }
        return new Children(Arrays.copyOf(labels, found), Arrays.copyOf(branches, found));
    }
}
