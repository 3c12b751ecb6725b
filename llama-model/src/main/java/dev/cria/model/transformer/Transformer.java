package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.MatrixProduct.Term;
import dev.cria.core.MatrixProduct;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.KvType;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.lora.LoraContent;
import dev.cria.model.transformer.Batch.Output;
import dev.cria.model.transformer.LoraPanels.Place;
import dev.cria.model.transformer.LoraProduct.Target;
import dev.cria.model.weights.Weights;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The Llama 2 transformer (Touvron et al. 2023). One pass runs at a time. Activations are allocated once, for the
 * largest batch seen.
 */
public final class Transformer implements ForwardPass, AutoCloseable {
    /**
     * Rows whose logits are computed at a time, so that asking for all of them does not need all of them in memory
     * twice.
     */
    private static final int LOGITS_ROWS = 32;
    /** Floats of 4 KiB: addresses that far apart compete for the same few places of an L1 cache. */
    private static final int PAGE_FLOATS = 1_024;
    /** Ten cache lines: six rows of a tile, 16 lines each, then spread over the whole cache. */
    private static final int ROW_SHIFT = 160;
    /** What every JVM allows. */
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final ModelConfig config;
    private final Weights weights;
    private final Kernels kernels;
    private final WorkerTeam team;
    private final MatrixProduct product;
    private final LoraProduct lora;
    /** Kept as long as somebody has the adapter. */
    private final Map<LoraContent, LoraPanels> adapters = Collections.synchronizedMap(new WeakHashMap<>());
    private final Rope rope;
    private final Attention attention;
    private final int contextLength;
    private final KvType kvType;
    private final int maximumRows;
    /** Held by a pass, so that closing can wait for its end. */
    private final ReentrantLock turn = new ReentrantLock();
    private Activations activations;
    private volatile boolean closed;

    /**
     * @param config sizes
     * @param weights weights of these sizes
     * @param kernels the primitives to use
     * @param team who does the work; closed with the transformer
     * @param contextLength largest number of positions of a sequence
     * @param kvType how keys and values are kept
     * @param maximumRows largest number of rows of a pass; fewer where an array has no room for so many
     */
    public Transformer(ModelConfig config, Weights weights, Kernels kernels, WorkerTeam team, int contextLength,
            KvType kvType, int maximumRows) {
        this.config = config;
        this.weights = weights;
        this.kernels = kernels;
        this.team = team;
        // matrices that were loaded for floats get floats all the same
        this.product = new MatrixProduct(kernels, team, ActivationType.Q8);
        this.lora = new LoraProduct(kernels, team);
        this.rope = new Rope(config);
        this.activations = new Activations(config, 0);
        this.attention = new Attention(kernels, config, activations.queryStride, team.size());
        this.contextLength = contextLength;
        this.kvType = kvType;
        this.maximumRows = Math.min(maximumRows, activations.largestRows());
    }

    /**
     * The state of a pass: one row per row of the batch, each padded to whole panels. All of it is there or none: when
     * there is not enough memory for so many rows, the state for fewer stays as it was.
     */
    private static final class Activations {
        private final ModelConfig config;
        final int dim;
        final int queryStride;
        final int kvStride;
        final int ffnStride;
        final int vocabularyStride;
        final int rows;
        final float[] hidden;
        final float[] normed;
        final float[] query;
        final float[] key;
        final float[] value;
        final float[] attended;
        final float[] gate;
        final float[] up;
        float[] logits = {};

        Activations(ModelConfig config, int rows) {
            this.config = config;
            this.rows = rows;
            dim = stride(config.embeddingLength());
            queryStride = stride(config.queryLength());
            kvStride = stride(config.kvLength());
            ffnStride = stride(config.feedForwardLength());
            vocabularyStride = stride(config.vocabularySize());
            hidden = new float[floats(rows, dim)];
            normed = new float[floats(rows, dim)];
            query = new float[floats(rows, queryStride)];
            key = new float[floats(rows, kvStride)];
            value = new float[floats(rows, kvStride)];
            attended = new float[floats(rows, queryStride)];
            gate = new float[floats(rows, ffnStride)];
            up = new float[floats(rows, ffnStride)];
        }

        /** Room for whole panels, and rows {@link #ROW_SHIFT} floats further in their page than the row before. */
        private static int stride(int length) {
            int panels = (length + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
            return panels + Math.floorMod(ROW_SHIFT - panels, PAGE_FLOATS);
        }

        /** {@return how many rows fit into an array} */
        int largestRows() {
            return LARGEST_ARRAY / Math.max(Math.max(dim, queryStride), Math.max(kvStride, ffnStride));
        }

        private static int floats(int rows, int stride) {
            long floats = (long) rows * stride;
            if (floats > LARGEST_ARRAY) {
                throw new CriaException(rows + " rows of " + stride + " floats are more than a pass can have, "
                        + LARGEST_ARRAY + " floats; lower the prompt chunk");
            }
            return (int) floats;
        }

        /** {@return these, or larger ones, for so many rows of which some want logits} */
        Activations with(int wanted, int logitsRows) {
            Activations enough = wanted > rows ? new Activations(config, wanted) : this;
            int needed = floats(Math.min(logitsRows, LOGITS_ROWS), vocabularyStride);
            if (enough.logits.length < needed) {
                enough.logits = logits.length < needed ? new float[needed] : logits;
            }
            return enough;
        }
    }

    /** {@return the sizes of the model} */
    public ModelConfig config() {
        return config;
    }

    /** {@return the weights} */
    public Weights weights() {
        return weights;
    }

    @Override
    public int vocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int embeddingLength() {
        return config.embeddingLength();
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
    public int workers() {
        return team.size();
    }

    /** {@return how keys and values are kept} */
    public KvType kvType() {
        return kvType;
    }

    @Override
    public KvPage newPage() {
        return PanelPage.of(config, kvType);
    }

    @Override
    public long pageBytes() {
        return PanelPage.bytes(config, kvType);
    }

    @Override
    public LoraPanels prepare(LoraContent adapter) {
        try {
            return adapters.computeIfAbsent(adapter, key -> {
                LoraPanels panels = new LoraPanels(key, config);
                key.requireBase(weights.embedding(), weights.output());
                return panels;
            });
        } catch (OutOfMemoryError e) {
            throw new CriaException("there is not enough memory for " + adapter.described(), e);
        }
    }

    @Override
    public boolean run(Batch batch, Outputs outputs, BooleanSupplier interrupted) {
        turn.lock();
        try {
            check(batch);
            return forward(batch, outputs, interrupted);
        } catch (IllegalStateException e) {
            // the team, or memory that was freed, is only the messenger
            throw closed ? modelClosed() : e;
        } finally {
            turn.unlock();
            Reference.reachabilityFence(this);
        }
    }

    private static IllegalStateException modelClosed() {
        return new IllegalStateException("the model has been closed");
    }

    private void check(Batch batch) {
        if (closed) {
            throw modelClosed();
        }
        if (batch.size() < 1 || batch.size() > maximumRows) {
            throw new IllegalArgumentException("a batch has 1 to " + maximumRows + " rows, not " + batch.size());
        }
        for (int row = 0; row < batch.size(); row++) {
            int token = batch.token(row);
            if (token < 0 || token >= config.vocabularySize()) {
                throw new IllegalArgumentException(
                        "token ids are 0 to " + (config.vocabularySize() - 1) + ", not " + token);
            }
            KvCache sequence = batch.sequence(row);
            boolean continues = row > 0 && batch.sequence(row - 1) == sequence;
            int expected = continues ? batch.position(row - 1) + 1 : sequence.length();
            if (batch.position(row) != expected || expected >= sequence.capacity()) {
                throw new IllegalArgumentException("row " + row + " is at position " + batch.position(row)
                        + ", but its sequence of at most " + sequence.capacity() + " goes on at " + expected);
            }
        }
    }

    private boolean forward(Batch batch, Outputs outputs, BooleanSupplier interrupted) {
        int rows = batch.size();
        Activations a = activations.with(rows, batch.logitsRows());
        activations = a;
        reserve(batch);
        forEachRow(rows, row -> weights.embedding().row(batch.token(row), a.hidden, row * a.dim));
        lora.begin();
        for (int row = 0; row < rows; row++) {
            lora.row(batch.adapters(row));
        }
        lora.addEmbeddings(batch, a.hidden, a.dim);

        List<Attention.Tile> tiles = tiles(batch);
        for (int layer = 0; layer < config.layers(); layer++) {
            if (closed || interrupted.getAsBoolean()) {
                if (closed) {
                    throw modelClosed();
                }
                return false;
            }
            Weights.Layer w = weights.layers().get(layer);

            norm(rows, w.attentionNorm());
            Arrays.fill(a.query, 0, rows * a.queryStride, 0f);
            Arrays.fill(a.key, 0, rows * a.kvStride, 0f);
            Arrays.fill(a.value, 0, rows * a.kvStride, 0f);
            product.add(a.normed, 0, a.dim, rows, new Term(w.wq(), a.query, a.queryStride),
                    new Term(w.wk(), a.key, a.kvStride), new Term(w.wv(), a.value, a.kvStride));
            lora.add(Place.ATTENTION_INPUT, layer, a.normed, a.dim, new Target(a.query, a.queryStride),
                    new Target(a.key, a.kvStride), new Target(a.value, a.kvStride));
            rotateAndStore(batch, layer);
            attend(tiles, layer);
            product.add(a.attended, 0, a.queryStride, rows, new Term(w.wo(), a.hidden, a.dim));
            lora.add(Place.ATTENTION_OUTPUT, layer, a.attended, a.queryStride, new Target(a.hidden, a.dim));

            norm(rows, w.ffnNorm());
            Arrays.fill(a.gate, 0, rows * a.ffnStride, 0f);
            Arrays.fill(a.up, 0, rows * a.ffnStride, 0f);
            product.add(a.normed, 0, a.dim, rows, new Term(w.ffnGate(), a.gate, a.ffnStride),
                    new Term(w.ffnUp(), a.up, a.ffnStride));
            lora.add(Place.FFN_INPUT, layer, a.normed, a.dim, new Target(a.gate, a.ffnStride),
                    new Target(a.up, a.ffnStride));
            forEachRow(rows, row -> kernels.swiGlu(a.gate, row * a.ffnStride, a.up, row * a.ffnStride,
                    config.feedForwardLength()));
            product.add(a.gate, 0, a.ffnStride, rows, new Term(w.ffnDown(), a.hidden, a.dim));
            lora.add(Place.FFN_OUTPUT, layer, a.gate, a.ffnStride, new Target(a.hidden, a.dim));
        }
        for (int row = 0; row < rows; row++) {
            batch.sequence(row).advance(batch.position(row) + 1);
        }
        hidden(batch, outputs);
        logits(batch, outputs);
        return true;
    }

    private void reserve(Batch batch) {
        int last = 0;
        for (int row = 0; row < batch.size(); row++) {
            batch.sequence(row).reserve(batch.position(row) + 1);
            last = Math.max(last, batch.position(row));
        }
        rope.prepare(last);
    }

    private void norm(int rows, float[] weight) {
        Activations a = activations;
        forEachRow(rows, row -> kernels.rmsNorm(a.hidden, row * a.dim, weight, config.embeddingLength(),
                config.normEpsilon(), a.normed, row * a.dim));
    }

    private void rotateAndStore(Batch batch, int layer) {
        Activations a = activations;
        forEachRow(batch.size(), row -> {
            int position = batch.position(row);
            rope.rotate(a.query, row * a.queryStride, config.heads(), position);
            rope.rotate(a.key, row * a.kvStride, config.kvHeads(), position);
            PanelPage page = (PanelPage) batch.sequence(row).page(position / KvPage.POSITIONS);
            page.store(layer, position % KvPage.POSITIONS, a.key, row * a.kvStride, a.value, row * a.kvStride);
        });
    }

    /** The tiles of a batch. The last rows see the most positions: taking them first balances the team. */
    private List<Attention.Tile> tiles(Batch batch) {
        List<Attention.Tile> tiles = new ArrayList<>();
        int end = batch.size();
        while (end > 0) {
            KvCache sequence = batch.sequence(end - 1);
            int row = end - 1;
            while (row > 0 && end - row < attention.rowsPerTile() && batch.sequence(row - 1) == sequence) {
                row--;
            }
            tiles.addAll(attention.tiles(sequence, row, end - row, batch.position(row)));
            end = row;
        }
        return tiles;
    }

    private void attend(List<Attention.Tile> tiles, int layer) {
        Activations a = activations;
        team.run(tiles.size(),
                (piece, worker) -> attention.attend(tiles.get(piece), layer, a.query, a.attended, worker));
    }

    private void hidden(Batch batch, Outputs outputs) {
        Activations a = activations;
        for (int row = 0; row < batch.size(); row++) {
            if (batch.output(row) == Output.HIDDEN) {
                finalNorm(row, a.normed, row * a.dim);
                outputs.accept(row, a.normed, row * a.dim, 0);
            }
        }
    }

    private void finalNorm(int row, float[] normed, int offset) {
        kernels.rmsNorm(activations.hidden, row * activations.dim, weights.outputNorm(), config.embeddingLength(),
                config.normEpsilon(), normed, offset);
    }

    private void logits(Batch batch, Outputs outputs) {
        Activations a = activations;
        int[] wanting = new int[Math.min(LOGITS_ROWS, batch.logitsRows())];
        int row = 0;
        for (int left = batch.logitsRows(); left > 0; left -= wanting.length) {
            int count = 0;
            lora.begin();
            for (; row < batch.size() && count < wanting.length; row++) {
                if (batch.output(row) == Output.LOGITS) {
                    finalNorm(row, a.normed, count * a.dim);
                    lora.row(batch.adapters(row));
                    wanting[count++] = row;
                }
            }
            Arrays.fill(a.logits, 0, count * a.vocabularyStride, 0f);
            product.add(a.normed, 0, a.dim, count, new Term(weights.output(), a.logits, a.vocabularyStride));
            lora.add(Place.LOGITS, 0, a.normed, a.dim, new Target(a.logits, a.vocabularyStride));
            if (count == 1) {
                outputs.accept(wanting[0], a.logits, 0, 0);
            } else {
                team.run(count, (i, worker) -> outputs.accept(wanting[i], a.logits, i * a.vocabularyStride, worker));
            }
        }
    }

    /** Work on one row of a batch. */
    @FunctionalInterface
    private interface RowWork {
        void run(int row);
    }

    private void forEachRow(int rows, RowWork work) {
        if (rows == 1) {
            work.run(0);
        } else {
            team.run(rows, (row, worker) -> work.run(row));
        }
    }

    /**
     * Ends the team. A pass that is under way in another thread ends with an exception, as soon as the pieces of work
     * that have begun are done; when this returns, none is under way.
     */
    @Override
    public void close() {
        closed = true;
        team.close();
        turn.lock();
        try {
            // of no use any more, and large: whoever still has the model should not keep them
            activations = new Activations(config, 0);
        } finally {
            turn.unlock();
        }
    }
}
