package dev.cria.model;

import dev.cria.model.lora.LoraContent;
import dev.cria.model.transformer.Batch.Output;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.KvPage;
import dev.cria.model.transformer.LoraPanels;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A forward pass that looks its logits up: whatever a function says about the tokens so far. */
final class FakeForwardPass implements ForwardPass {
    private static final int LAYERS = 3;

    private final int vocabularySize;
    private final int contextLength;
    private final int maximumRows;
    private final Function<List<Integer>, float[]> model;
    /** The number of rows of each pass that was asked for. */
    final List<Integer> passes = new CopyOnWriteArrayList<>();
    /** How many pages there is memory for. */
    final AtomicInteger pagesLeft = new AtomicInteger(Integer.MAX_VALUE);
    /** The texts after which logits were made. */
    private final Set<List<Integer>> answered = ConcurrentHashMap.newKeySet();
    /** Runs when the engine asks how large a pass may be. */
    volatile Runnable planning = () -> {};
    /** Runs within every layer. */
    volatile Runnable layer = () -> {};

    FakeForwardPass(int vocabularySize, int contextLength, int maximumRows, Function<List<Integer>, float[]> model) {
        this.vocabularySize = vocabularySize;
        this.contextLength = contextLength;
        this.maximumRows = maximumRows;
        this.model = model;
    }

    /** {@return whether logits were made after these tokens} */
    boolean hasRead(List<Integer> tokens) {
        return answered.contains(tokens);
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
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int maximumRows() {
        planning.run();
        return maximumRows;
    }

    @Override
    public int workers() {
        return 1;
    }

    @Override
    public KvPage newPage() {
        if (pagesLeft.getAndDecrement() <= 0) {
            throw new OutOfMemoryError("no page is left");
        }
        return new FakePage(new int[KvPage.POSITIONS]);
    }

    @Override
    public long pageBytes() {
        return KvPage.POSITIONS;
    }

    @Override
    public LoraPanels prepare(LoraContent adapter) {
        throw new AssertionError("this model has no matrices to change");
    }

    @Override
    public boolean run(Batch batch, Outputs outputs, BooleanSupplier interrupted) {
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
        for (int row = 0; row < batch.size(); row++) {
            KvCache cache = batch.sequence(row);
            int position = batch.position(row);
            boolean continues = row > 0 && batch.sequence(row - 1) == cache;
            if (position != (continues ? batch.position(row - 1) + 1 : cache.length()) || position >= contextLength) {
                throw new AssertionError("position " + position + " after " + cache.length() + " tokens");
            }
            slots(cache, position)[position % KvPage.POSITIONS] = batch.token(row);
        }
        for (int row = 0; row < batch.size(); row++) {
            batch.sequence(row).advance(batch.position(row) + 1);
        }
        // in any order: this is the least convenient
        for (int row = batch.size() - 1; row >= 0; row--) {
            if (batch.output(row) == Output.LOGITS) {
                List<Integer> tokens = tokens(batch.sequence(row), batch.position(row) + 1);
                outputs.accept(row, model.apply(tokens), 0, 0);
                answered.add(tokens);
            } else if (batch.output(row) == Output.HIDDEN) {
                throw new AssertionError("this model has no hidden state");
            }
        }
        return true;
    }

    private static int[] slots(KvCache cache, int position) {
        return ((FakePage) cache.page(position / KvPage.POSITIONS)).tokens;
    }

    private static List<Integer> tokens(KvCache cache, int length) {
        return IntStream.range(0, length).mapToObj(i -> slots(cache, i)[i % KvPage.POSITIONS]).toList();
    }

    /** Has the tokens for keys and values, so that a page of somebody else gives other logits. */
    private record FakePage(int[] tokens) implements KvPage {
        @Override
        public KvPage copy() {
            return new FakePage(tokens.clone());
        }
    }
}
