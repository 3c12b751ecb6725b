package dev.cria.model.engine;

import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.KvPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The keys and values of a sequence, in pages that it may share with others: a page is copied before it gets positions
 * that others who have it do not have.
 */
final class PooledCache implements KvCache {
    private final KvPool pool;
    private final int capacity;
    private final List<SharedPage> pages;
    private int length;

    /**
     * @param pages hold the beginning; this takes over the shares in them
     * @param length positions of the beginning
     */
    PooledCache(KvPool pool, int capacity, List<SharedPage> pages, int length) {
        this.pool = pool;
        this.capacity = capacity;
        this.pages = new ArrayList<>(pages);
        this.length = length;
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
    public KvPage page(int index) {
        return pages.get(index).content;
    }

    List<SharedPage> pages() {
        return pages;
    }

    /** {@return how many pages are needed, at most, for positions up to {@code end}} */
    int missing(int end) {
        int copies = length % KvPage.POSITIONS == 0 ? 0 : 1;
        return (end + KvPage.POSITIONS - 1) / KvPage.POSITIONS - pages.size() + copies;
    }

    /** {@return whether there is room for positions up to {@code end}; if not, there may be room for some of them} */
    boolean tryReserve(int end) {
        int read = length % KvPage.POSITIONS;
        int last = length / KvPage.POSITIONS;
        if (read > 0 && !pages.get(last).lets(this, read)) {
            Optional<SharedPage> own = pool.copy(pages.get(last), read);
            own.ifPresent(page -> pool.release(pages.set(last, page)));
            if (own.isEmpty()) {
                return false;
            }
            own.get().writer = Optional.of(this);
        }
        while (pages.size() * KvPage.POSITIONS < end) {
            Optional<SharedPage> page = pool.take();
            if (page.isEmpty()) {
                return false;
            }
            page.get().writer = Optional.of(this);
            pages.add(page.get());
        }
        return true;
    }

    @Override
    public void reserve(int end) {
        if (pages.size() * KvPage.POSITIONS < end) {
            throw new IllegalStateException("there is no room for " + end + " positions");
        }
    }

    @Override
    public void advance(int end) {
        for (int page = length / KvPage.POSITIONS; page * KvPage.POSITIONS < end; page++) {
            pages.get(page).filled = Math.min(KvPage.POSITIONS, end - page * KvPage.POSITIONS);
        }
        length = end;
    }

    /** {@return the positions for which there is room} */
    int room() {
        return pages.size() * KvPage.POSITIONS;
    }

    /**
     * Goes back to a shorter length, so that the positions behind it are written again. Only positions that nobody else
     * can have: those since the last that were kept for others.
     */
    void truncate(int end) {
        for (int page = end / KvPage.POSITIONS; page * KvPage.POSITIONS < length; page++) {
            pages.get(page).filled = end - Math.min(end, page * KvPage.POSITIONS);
        }
        length = end;
    }

    /** Gives all pages back. */
    void release() {
        for (SharedPage page : pages) {
            page.writer = page.writer.filter(writer -> writer != this);
            pool.release(page);
        }
        pages.clear();
        length = 0;
    }
}
