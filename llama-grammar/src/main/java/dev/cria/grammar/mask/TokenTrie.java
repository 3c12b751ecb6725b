package dev.cria.grammar.mask;

import java.util.Arrays;
import java.util.List;

/**
 * Tokens by their bytes, as a trie in depth-first order: the children of a node follow it, and {@code end} of a node is
 * where the next one beside it begins. Node 0 is the root.
 */
final class TokenTrie {
    final byte[] label;
    final int[] end;
    /** Tokens of node n: {@code tokens[first[n]]} up to {@code first[n + 1]}. */
    final int[] first;
    final int[] tokens;

    /**
     * @param bytes the bytes of each token; those without any are left out
     * @param ids the tokens to take
     */
    TokenTrie(List<byte[]> bytes, int[] ids) {
        Integer[] sorted = Arrays.stream(ids).filter(id -> bytes.get(id).length > 0).boxed().toArray(Integer[]::new);
        Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(bytes.get(a), bytes.get(b)));
        int most = 1;
        for (int id : sorted) {
            most += bytes.get(id).length;
        }
        byte[] labels = new byte[most];
        int[] ends = new int[most];
        int[] firsts = new int[most + 1];
        this.tokens = new int[sorted.length];
        int[] path = new int[1 + Arrays.stream(sorted).mapToInt(id -> bytes.get(id).length).max().orElse(0)];
        int depth = 0;
        int nodes = 1;
        byte[] before = {};
        for (int i = 0; i < sorted.length; i++) {
            byte[] token = bytes.get(sorted[i]);
            int common = i == 0 ? 0 : Math.max(Arrays.mismatch(before, token), 0);
            if (i > 0 && Arrays.equals(before, token)) {
                common = token.length;
            }
            for (; depth > common; depth--) {
                ends[path[depth]] = nodes;
            }
            while (depth < token.length) {
                labels[nodes] = token[depth];
                firsts[nodes] = i;
                path[++depth] = nodes++;
            }
            tokens[i] = sorted[i];
            before = token;
        }
        for (; depth >= 0; depth--) {
            ends[path[depth]] = nodes;
        }
        firsts[nodes] = sorted.length;
        // A node's own tokens come before those of its children, so they end where those of the next node begin.
        this.label = Arrays.copyOf(labels, nodes);
        this.end = Arrays.copyOf(ends, nodes);
        this.first = Arrays.copyOf(firsts, nodes + 1);
        for (int node = nodes - 1; node >= 0; node--) {
            if (node + 1 < nodes && first[node + 1] < first[node]) {
                throw new AssertionError("tokens out of order");
            }
        }
    }

    boolean isLeaf(int node) {
        return end[node] == node + 1;
    }
}
