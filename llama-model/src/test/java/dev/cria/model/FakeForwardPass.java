package dev.cria.model;

import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.LoraPanels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A forward pass that looks its logits up: whatever a function says about the tokens so far. */
final class FakeForwardPass implements ForwardPass {
    private static final int LAYERS = 3;

    private final int vocabularySize;
    private final int contextLength;
    private final int maximumRows;
    private final Function<List<Integer>, float[]> model;
    /** The number of rows of each pass that was asked for. */
    final List<Integer> passes = new CopyOnWriteArrayList<>();
    /** Runs within every layer. */
    volatile Runnable layer = () -> {};

    FakeForwardPass(int vocabularySize, int contextLength, int maximumRows, Function<List<Integer>, float[]> model) {
        this.vocabularySize = vocabularySize;
        this.contextLength = contextLength;
        this.maximumRows = maximumRows;
        this.model = model;
    }

    /** {@return the rows of all passes} */
    int rows() {
        return passes.stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public int embeddingLength() {
        return 1;
    }

    @Override
    public boolean hidden(Batch batch, float[] hidden, BooleanSupplier interrupted) {
        throw new AssertionError("this model has no hidden state");
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int maximumRows() {
        return maximumRows;
    }

    @Override
    public KvCache newCache() {
        return new FakeCache();
    }

    @Override
    public LoraPanels prepare(LoraAdapter adapter) {
        throw new AssertionError("this model has no matrices to change");
    }

    @Override
    public synchronized boolean run(Batch batch, float[] logits, BooleanSupplier interrupted) {
        if (batch.size() < 1 || batch.size() > maximumRows) {
            throw new AssertionError("a batch of " + batch.size() + " rows");
        }
        passes.add(batch.size());
        for (int i = 0; i < LAYERS; i++) {
            layer.run();
            if (interrupted.getAsBoolean()) {
                return false;
            }
        }
        int wanted = 0;
        for (int row = 0; row < batch.size(); row++) {
            List<Integer> tokens = ((FakeCache) batch.sequence(row)).tokens;
            if (batch.position(row) != tokens.size() || tokens.size() >= contextLength) {
                throw new AssertionError("position " + batch.position(row) + " after " + tokens.size() + " tokens");
            }
            tokens.add(batch.token(row));
            if (batch.wantsLogits(row)) {
                System.arraycopy(model.apply(List.copyOf(tokens)), 0, logits, vocabularySize * wanted++,
                        vocabularySize);
            }
        }
        return true;
    }

    private final class FakeCache implements KvCache {
        private final List<Integer> tokens = new ArrayList<>();

        @Override
        public int length() {
            return tokens.size();
        }

        @Override
        public int capacity() {
            return contextLength;
        }

        @Override
        public void truncate(int length) {
            tokens.subList(length, tokens.size()).clear();
        }
    }
}
