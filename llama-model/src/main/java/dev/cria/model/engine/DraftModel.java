package dev.cria.model.engine;

import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.Batch.Output;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.LoraSet;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A smaller model that guesses what a larger one will say (Leviathan et al. 2023): its most probable tokens, since the
 * larger one decides anyway. It computes in the thread of the larger one's engine, between two passes. Once it fails,
 * because it was closed for example, it guesses nothing any more.
 */
public final class DraftModel {
    private static final Logger LOG = System.getLogger(DraftModel.class.getName());
    /** How much a new measurement counts. */
    private static final double NEWS = 0.25;

    private final ForwardPass forward;
    private final LoraSet adapters;
    private final LongSupplier nanoTime;
    private final KvPool pool;
    private final Batch batch = new Batch(16);
    private double tokenNanos;
    private boolean failed;

    /**
     * @param forward computes; others may use it as well, if it sees to it that one pass runs at a time
     * @param adapters the adapters that change the model
     * @param kvCacheBytes most memory for its keys and values of all texts that it guesses for; a text for which there
     *        is none is not guessed
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    public DraftModel(ForwardPass forward, LoraSet adapters, long kvCacheBytes, LongSupplier nanoTime) {
        this.forward = forward;
        this.adapters = adapters;
        this.nanoTime = nanoTime;
        pool = new KvPool(forward, kvCacheBytes);
    }

    /** {@return one that guesses for one text} */
    Drafter drafter() {
        return new Reading();
    }

    /** What the model has read of a text, and of its own guesses. */
    private final class Reading implements Drafter {
        private PooledCache cache = newCache();
        private int[] read = new int[64];
        private int best;

        private PooledCache newCache() {
            return new PooledCache(pool, forward.contextLength(), List.of(), 0);
        }

        @Override
        public int[] draft(int[] tokens, int length, int most) {
            int count = Math.min(most, forward.contextLength() - length);
            if (failed || count < 1) {
                return NOTHING;
            }
            try {
                return guess(tokens, length, count);
            } catch (OutOfMemoryError e) {
                release();
            } catch (RuntimeException e) {
                failed = true;
                release();
                LOG.log(Level.WARNING, "a draft model has failed; the model that it guessed for goes on without it", e);
            }
            return NOTHING;
        }

        private int[] guess(int[] tokens, int length, int count) {
            // the last token is read in any case: its logits are the first guess
            int common = Arrays.mismatch(tokens, 0, length - 1, read, 0, cache.length());
            cache.truncate(common < 0 ? length - 1 : common);
            int unread = length - cache.length();
            if (unread > forward.maximumRows()) {
                // others wait: a chunk of a long text is enough at a time
                read(tokens, cache.length() + forward.maximumRows(), Output.NONE);
                return NOTHING;
            }
            int[] text = Arrays.copyOf(tokens, length + count);
            for (int end = length; end < length + count; end++) {
                long start = nanoTime.getAsLong();
                if (!read(text, end, Output.LOGITS)) {
                    return Arrays.copyOfRange(text, length, end);
                }
                text[end] = best;
                if (end > length) {
                    double nanos = nanoTime.getAsLong() - start;
                    tokenNanos = tokenNanos == 0 ? nanos : tokenNanos + NEWS * (nanos - tokenNanos);
                }
            }
            return Arrays.copyOfRange(text, length, length + count);
        }

        /** {@return whether there was memory to read up to {@code end}} */
        private boolean read(int[] text, int end, Output last) {
            int start = cache.length();
            if (!cache.tryReserve(end)) {
                release();
                return false;
            }
            batch.clear();
            for (int position = start; position < end; position++) {
                batch.add(text[position], position, cache, position == end - 1 ? last : Output.NONE, adapters);
            }
            forward.run(batch, (_, values, offset, _) -> best = largest(values, offset), () -> false);
            if (end > read.length) {
                read = Arrays.copyOf(read, end + end / 2);
            }
            System.arraycopy(text, start, read, start, end - start);
            return true;
        }

        private int largest(float[] values, int offset) {
            int largest = 0;
            for (int token = 1; token < forward.vocabularySize(); token++) {
                if (values[offset + token] > values[offset + largest]) {
                    largest = token;
                }
            }
            return largest;
        }

        @Override
        public boolean isFree() {
            return false;
        }

        @Override
        public double tokenNanos() {
            return tokenNanos;
        }

        @Override
        public void release() {
            cache.release();
            cache = newCache();
        }
    }
}
