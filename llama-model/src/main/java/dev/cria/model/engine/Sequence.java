package dev.cria.model.engine;

import dev.cria.model.transformer.LoraSet;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tokens on their way through the model, and whoever waits for what comes of them. Nothing is computed before somebody
 * waits, and nothing any more while the reader has no room: the engine then forgets the sequence until somebody waits
 * again. One thread may wait at a time.
 */
public final class Sequence {
    /** Where a sequence is. */
    private enum Place {
        /** Nowhere: not begun, or forgotten until somebody waits. */
        OUTSIDE,
        /** In the engine. */
        INSIDE,
        /** At its end. */
        ENDED
    }

    /** A time to wait that does not end. */
    public static final long FOREVER = Long.MAX_VALUE;

    private final Scheduler scheduler;
    private final LoraSet adapters;
    private final boolean reusesPrefixes;
    private final Head head;
    private final Speculation speculation;
    private final BooleanSupplier unwanted;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // guarded by the lock
    private Place place = Place.OUTSIDE;
    private volatile boolean left;
    private boolean blocked;
    private @Nullable Throwable failure;
    private long submitted;
    private long queuedNanos;
    private int drafted;
    private int confirmed;

    // of the engine's thread while the sequence is inside
    private int[] tokens;
    private int length;
    private long arrival = -1;
    private int reused = -1;
    private long blockedSince;
    private int rows;
    private int[] guesses = Drafter.NOTHING;
    private Optional<PooledCache> cache = Optional.empty();

    Sequence(Scheduler scheduler, int[] prompt, LoraSet adapters, boolean reusesPrefixes, Head head,
            Speculation speculation, BooleanSupplier unwanted) {
        this.scheduler = scheduler;
        this.adapters = adapters;
        this.reusesPrefixes = reusesPrefixes;
        this.head = head;
        this.speculation = speculation;
        this.unwanted = unwanted;
        tokens = prompt.clone();
        length = prompt.length;
    }

    /**
     * Waits until there is news for the reader, the sequence has ended or failed, or the time is over.
     *
     * @param nanos most time to wait, or {@link #FOREVER}
     * @throws InterruptedException if the waiting thread is interrupted, or was before
     */
    public void await(long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        begin();
        lock.lock();
        try {
            long rest = nanos;
            while (!head.hasNews() && place != Place.ENDED && !left && rest > 0) {
                if (nanos == FOREVER) {
                    changed.await();
                } else {
                    rest = changed.awaitNanos(rest);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Has the engine compute, up to what the reader has room for, without waiting for it. */
    public void begin() {
        boolean enters;
        boolean wakes;
        lock.lock();
        try {
            boolean waits = !head.hasNews() && !left;
            enters = waits && place == Place.OUTSIDE;
            wakes = waits && blocked;
            if (enters) {
                place = Place.INSIDE;
            }
        } finally {
            lock.unlock();
        }
        if (enters) {
            try {
                scheduler.submit(this);
            } catch (RuntimeException | Error e) {
                end(Optional.of(e));
                throw e;
            }
        } else if (wakes) {
            scheduler.wake();
        }
    }

    /**
     * {@return what the reader takes from the head, which the engine leaves alone meanwhile}
     *
     * @param <T> what it takes
     * @param reader takes it
     */
    public <T> T read(Supplier<T> reader) {
        lock.lock();
        try {
            return reader.get();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@return whether nothing more will come; what came before may be unread}
     *
     * @throws RuntimeException or an error: the failure of the sequence, if it has failed
     */
    public boolean isEnded() {
        lock.lock();
        try {
            if (failure != null) {
                Sequence.<RuntimeException>throwAsItIs(failure);
            }
            return place == Place.ENDED || left;
        } finally {
            lock.unlock();
        }
    }

    /** Whatever a pass throws reaches the caller as it is. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void throwAsItIs(Throwable failure) throws E {
        throw (E) failure;
    }

    /** Says that nobody wants more, and wakes whoever waits. May be called by any thread, and again. */
    public void leave() {
        boolean tells;
        lock.lock();
        try {
            tells = place == Place.INSIDE && !left;
            left = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (tells) {
            scheduler.wake();
        }
    }

    /** {@return the tokens of the prompt whose keys and values were known before; 0 before that is known} */
    public int reusedTokens() {
        return read(() -> Math.max(reused, 0));
    }

    /** {@return how long the sequence has waited for others} */
    public long queuedNanos() {
        return read(() -> queuedNanos);
    }

    /** {@return how many tokens were guessed and checked} */
    public int draftedTokens() {
        return read(() -> drafted);
    }

    /** {@return how many of the guessed tokens came true} */
    public int acceptedTokens() {
        return read(() -> confirmed);
    }

    // what the engine's thread uses

    boolean isUnwanted() {
        return left || unwanted.getAsBoolean();
    }

    LoraSet adapters() {
        return adapters;
    }

    boolean reusesPrefixes() {
        return reusesPrefixes;
    }

    Head head() {
        return head;
    }

    /** {@return when it came first, in the order of all} */
    long arrival() {
        return arrival;
    }

    /** Notes that the sequence waits for its turn. */
    void arrived(long number, long now) {
        arrival = arrival < 0 ? number : arrival;
        lock.lock();
        try {
            submitted = now;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that it is the sequence's turn. */
    void admitted(PooledCache beginning, long now) {
        cache = Optional.of(beginning);
        lock.lock();
        try {
            reused = reused < 0 ? beginning.length() : reused;
            queuedNanos += now - submitted;
        } finally {
            lock.unlock();
        }
    }

    PooledCache cache() {
        return cache.orElseThrow();
    }

    int length() {
        return length;
    }

    int[] tokens() {
        return tokens;
    }

    /** {@return how many tokens have not been read} */
    int unread() {
        return length - cache().length();
    }

    /** Begins to plan a pass, with so many rows for tokens that are known. */
    void plan(int count) {
        rows = count;
        guesses = Drafter.NOTHING;
    }

    /** {@return how many known tokens have rows in the pass} */
    int rows() {
        return rows;
    }

    /** {@return tokens that may follow and are worth rows of the pass} */
    int[] guess(int most, Outlook outlook) {
        int possible = Math.min(most, head.guessable());
        return possible > 0 ? speculation.guess(tokens, length, possible, outlook) : Drafter.NOTHING;
    }

    /** Adds rows for guessed tokens to the pass. */
    void check(int[] guessed) {
        guesses = guessed;
    }

    /** {@return the guessed tokens that have rows in the pass} */
    int[] guesses() {
        return guesses;
    }

    /** {@return how many tokens the reader has room for; if there is none, it tells when it has} */
    int room(long now) {
        lock.lock();
        try {
            int room = head.room();
            if (room == 0 && !blocked) {
                blockedSince = now;
            }
            blocked = room == 0;
            return room;
        } finally {
            lock.unlock();
        }
    }

    /** {@return since when the reader has had no room; only while it has none} */
    long blockedSince() {
        return blockedSince;
    }

    /** {@return whether the sequence is outside from now on: its reader still has no room} */
    boolean park() {
        lock.lock();
        try {
            boolean parks = head.room() == 0;
            if (parks) {
                place = Place.OUTSIDE;
                blocked = false;
            }
            return parks;
        } finally {
            lock.unlock();
        }
    }

    /** {@return whether the sequence has ended with this pass} */
    boolean passed(long nanos) {
        lock.lock();
        try {
            int known = length;
            Head.Next next = head.passed(Math.min(known, cache().length()), known, nanos);
            next.tokens().forEach(this::append);
            settle(known);
            // a thread that is woken takes a processor from the team for a while
            if (head.isWorthWaking()) {
                changed.signalAll();
            }
            return next.ends();
        } finally {
            lock.unlock();
        }
    }

    private void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, length + length / 2 + 16);
        }
        tokens[length++] = token;
    }

    /** Forgets what was read of guesses that did not come true. */
    private void settle(int known) {
        if (guesses.length > 0) {
            int mismatch = Arrays.mismatch(tokens, known, length, guesses, 0, guesses.length);
            int right = mismatch < 0 ? guesses.length : mismatch;
            cache().truncate(known + right);
            drafted += guesses.length;
            confirmed += right;
        }
        speculation.learn(tokens, known, length);
    }

    void dropCache() {
        cache.ifPresent(PooledCache::release);
        cache = Optional.empty();
        speculation.release();
    }

    void end(Optional<Throwable> cause) {
        lock.lock();
        try {
            place = Place.ENDED;
            failure = cause.orElse(null);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
