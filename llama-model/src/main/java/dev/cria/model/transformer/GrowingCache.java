package dev.cria.model.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A sequence with pages of its own, of which it takes as many as it needs. */
public final class GrowingCache implements KvCache {
    private final Supplier<KvPage> source;
    private final int capacity;
    private final List<KvPage> pages = new ArrayList<>();
    private int length;

    /** @param forward whose keys and values they will be */
    public GrowingCache(ForwardPass forward) {
        this(forward::newPage, forward.contextLength());
    }

    /**
     * @param source makes pages
     * @param capacity positions that the sequence may have
     */
    public GrowingCache(Supplier<KvPage> source, int capacity) {
        this.source = source;
        this.capacity = capacity;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void reserve(int end) {
        while (pages.size() * KvPage.POSITIONS < end) {
            pages.add(source.get());
        }
    }

    @Override
    public KvPage page(int index) {
        return pages.get(index);
    }

    @Override
    public void advance(int end) {
        length = end;
    }
}
