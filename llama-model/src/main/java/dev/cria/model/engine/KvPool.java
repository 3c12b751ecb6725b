package dev.cria.model.engine;

import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvPage;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Counts the pages of keys and values, so that they stay within a budget. What is given back goes to the garbage
 * collector. Of the engine's thread, except {@link #used}.
 */
final class KvPool {
    private final ForwardPass forward;
    private final int most;
    private volatile int used;

    /** @param bytes the budget; room for a page at least */
    KvPool(ForwardPass forward, long bytes) {
        this.forward = forward;
        most = Math.clamp(bytes / forward.pageBytes(), 1, Integer.MAX_VALUE);
    }

    /** {@return the number of pages that there may be} */
    int most() {
        return most;
    }

    /** {@return the number of pages that there are} */
    int used() {
        return used;
    }

    /** {@return a new page; empty if the budget is used up} */
    Optional<SharedPage> take() {
        return take(forward::newPage, 0);
    }

    /** {@return a page with the first positions of another; empty if the budget is used up} */
    Optional<SharedPage> copy(SharedPage page, int positions) {
        return take(page.content::copy, positions);
    }

    /** {@return a page that was filled elsewhere; there must be room for it} */
    SharedPage adopt(KvPage content, int filled) {
        return take(() -> content, filled).orElseThrow();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others only look
    private Optional<SharedPage> take(Supplier<KvPage> content, int filled) {
        if (used >= most) {
            return Optional.empty();
        }
        SharedPage page = new SharedPage(content.get(), filled);
        used++;
        return Optional.of(page);
    }

    /** Forgets all pages, once nobody has any. */
    void reset() {
        used = 0;
    }

    /** Takes a share in a page. */
    SharedPage share(SharedPage page) {
        page.shares++;
        return page;
    }

    /** Gives a share back. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others only look
    void release(SharedPage page) {
        page.shares--;
        if (page.shares == 0) {
            used--;
        }
    }
}
