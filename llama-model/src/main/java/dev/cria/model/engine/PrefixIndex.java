package dev.cria.model.engine;

import dev.cria.model.transformer.KvPage;
import dev.cria.model.transformer.LoraSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the keys and values of texts that were read before: a tree of pages, each under the page of the tokens before
 * it. Those that were not used for the longest time go first. Of the engine's thread only.
 */
final class PrefixIndex {
    /** The tokens of a page, all of them but for the last page of a text, and what follows. */
    private static final class Node {
        final @Nullable Node parent;
        final int[] tokens;
        final Optional<SharedPage> page;
        final TreeMap<int[], Node> children = new TreeMap<>(Arrays::compare);
        long lastUse;

        Node(@Nullable Node parent, int[] tokens, Optional<SharedPage> page) {
            this.parent = parent;
            this.tokens = tokens;
            this.page = page;
        }
    }

    /**
     * The beginning of a text.
     *
     * @param pages its pages, with a share in each
     * @param length its tokens
     */
    record Prefix(List<SharedPage> pages, int length) {}

    private final KvPool pool;
    private final boolean keeps;
    private final Map<LoraSet, Node> roots = new HashMap<>();
    /** All pages by their last use; what follows a page counts as used before it, so that it goes first. */
    private final TreeMap<Long, Node> byUse = new TreeMap<>();
    private long uses;

    /** @param keeps whether anything is kept at all */
    PrefixIndex(KvPool pool, boolean keeps) {
        this.pool = pool;
        this.keeps = keeps;
    }

    /** {@return the number of pages that are kept} */
    int size() {
        return byUse.size();
    }

    /** {@return the number of pages that nobody else needs} */
    int evictable() {
        return (int) byUse.values().stream().filter(node -> node.page.orElseThrow().shares == 1).count();
    }

    /** {@return the longest known beginning of a text that was read with these adapters} */
    Prefix find(LoraSet adapters, int[] text, int end) {
        List<SharedPage> pages = new ArrayList<>();
        List<Node> used = new ArrayList<>();
        int length = 0;
        Node node = roots.get(adapters);
        while (node != null && length < end) {
            int[] wanted = Arrays.copyOfRange(text, length, Math.min(length + KvPage.POSITIONS, end));
            Optional<Node> child = closest(node, wanted);
            if (child.isEmpty()) {
                break;
            }
            used.add(child.get());
            pages.add(pool.share(child.get().page.orElseThrow()));
            int common = common(child.get().tokens, wanted);
            length += common;
            node = common == KvPage.POSITIONS ? child.get() : null;
        }
        use(used);
        return new Prefix(pages, length);
    }

    private void use(List<Node> path) {
        for (Node node : path.reversed()) {
            byUse.remove(node.lastUse);
            node.lastUse = ++uses;
            byUse.put(node.lastUse, node);
        }
    }

    /** The child with the most tokens in common, at least one: a neighbour in the order of the tokens. */
    private static Optional<Node> closest(Node node, int[] wanted) {
        return Stream.of(Optional.ofNullable(node.children.floorEntry(wanted)),
                Optional.ofNullable(node.children.ceilingEntry(wanted))).flatMap(Optional::stream)
                .map(Map.Entry::getValue).filter(child -> common(child.tokens, wanted) > 0)
                .max((a, b) -> Integer.compare(common(a.tokens, wanted), common(b.tokens, wanted)));
    }

    private static int common(int[] a, int[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    /**
     * Keeps what a sequence has read.
     *
     * @param adapters with which it was read
     * @param text begins with the tokens of the cache
     * @param cache their keys and values
     */
    void keep(LoraSet adapters, int[] text, PooledCache cache) {
        if (!keeps || cache.length() == 0) {
            return;
        }
        Node node = root(adapters);
        List<Node> used = new ArrayList<>();
        for (int start = 0; start < cache.length(); start += KvPage.POSITIONS) {
            int[] tokens = Arrays.copyOfRange(text, start, Math.min(start + KvPage.POSITIONS, cache.length()));
            SharedPage page = cache.pages().get(start / KvPage.POSITIONS);
            Optional<Node> known = known(node, tokens);
            node = known.isPresent() ? known.get() : add(node, tokens, pool.share(page));
            used.add(node);
        }
        use(used);
    }

    private Node root(LoraSet adapters) {
        return roots.computeIfAbsent(adapters, _ -> new Node(null, new int[0], Optional.empty()));
    }

    /** {@return the page under another that has these tokens, and perhaps more} */
    private static Optional<Node> known(Node parent, int[] tokens) {
        return closest(parent, tokens).filter(child -> common(child.tokens, tokens) == tokens.length);
    }

    private Node add(Node parent, int[] tokens, SharedPage page) {
        // a shorter text is of no use beside one that goes on from it
        closest(parent, tokens).filter(child -> common(child.tokens, tokens) == child.tokens.length)
                .ifPresent(this::remove);
        Node added = new Node(parent, tokens, Optional.of(page));
        parent.children.put(tokens, added);
        return added;
    }

    /** {@return the pages of the longest known beginning of a text} */
    List<KeptPage> kept(LoraSet adapters, int[] text) {
        Prefix prefix = find(adapters, text, text.length);
        prefix.pages.forEach(pool::release);
        return IntStream.range(0, prefix.pages.size()).mapToObj(page -> new KeptPage(page - 1,
                Arrays.copyOfRange(text, page * KvPage.POSITIONS,
                        Math.min((page + 1) * KvPage.POSITIONS, prefix.length)),
                prefix.pages.get(page).content)).toList();
    }

    /** {@return all pages of some adapters, those first that were used last} */
    List<KeptPage> kept(LoraSet adapters) {
        Optional<Node> root = Optional.ofNullable(roots.get(adapters));
        Map<Node, Integer> places = new HashMap<>();
        List<KeptPage> pages = new ArrayList<>();
        // a page counts as used after all that follow it
        for (Node node : byUse.descendingMap().values()) {
            Integer parent = node.parent == root.orElse(null) ? Integer.valueOf(-1) : places.get(node.parent);
            if (root.isPresent() && parent != null) {
                places.put(node, pages.size());
                pages.add(new KeptPage(parent, node.tokens, node.page.orElseThrow().content));
            }
        }
        return pages;
    }

    /**
     * Keeps pages that were kept elsewhere, as if they had just been used, in place of those that were not used for the
     * longest time. Where there is not enough room, those at the end are left out.
     *
     * @param adapters with which they were read
     * @param pages the pages, each behind its parent
     */
    void adopt(LoraSet adapters, List<KeptPage> pages) {
        long before = uses;
        uses += pages.size();
        List<Node> nodes = new ArrayList<>();
        for (KeptPage page : pages) {
            Optional<Node> known = known(parent(adapters, page, nodes), page.tokens());
            while (known.isEmpty() && pool.used() >= pool.most()) {
                if (!evict(before)) {
                    return;
                }
            }
            // what has gone may have been the last of the adapters
            Node node = known.orElseGet(() -> add(parent(adapters, page, nodes), page.tokens(),
                    pool.adopt(page.content(), page.tokens().length)));
            byUse.remove(node.lastUse);
            node.lastUse = before + pages.size() - nodes.size();
            byUse.put(node.lastUse, node);
            nodes.add(node);
        }
    }

    private Node parent(LoraSet adapters, KeptPage page, List<Node> nodes) {
        return page.parent() < 0 ? root(adapters) : nodes.get(page.parent());
    }

    private void remove(Node node) {
        byUse.remove(node.lastUse);
        if (node.parent != null) {
            node.parent.children.remove(node.tokens);
        }
        node.page.ifPresent(pool::release);
    }

    /** {@return whether a page was given up that nobody else needs} */
    boolean evict() {
        return evict(uses);
    }

    /** The same with pages that have not been used since. */
    private boolean evict(long use) {
        for (Node node : byUse.headMap(use, true).values()) {
            if (node.children.isEmpty() && node.page.orElseThrow().shares == 1) {
                remove(node);
                roots.values().removeIf(root -> root.children.isEmpty());
                return true;
            }
        }
        return false;
    }

    /** Gives everything up. */
    void clear() {
        byUse.values().forEach(node -> node.page.ifPresent(pool::release));
        byUse.clear();
        roots.clear();
    }
}
