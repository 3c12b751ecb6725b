package dev.cria.train.network;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.core.MatrixProduct.Term;
import dev.cria.core.MatrixProduct;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.lora.LoraModule;
import dev.cria.model.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model, whose weights stay as they are stored, and the adapter that is trained on top of it. Between forward
 * and backward pass only the input of each layer is kept; what is inside a layer is computed again when its gradients
 * are (Chen et al. 2016), so memory for activations grows with layers times tokens times the width of the residual
 * stream and no more.
 *
 * <p>As in {@link Network}, work is split by what is written, and results are equal to the last bit on any number of
 * threads. Not thread-safe.
 */
public final class LoraNetwork implements TrainableNetwork {
    /** Tokens of a block, for everything that is done token by token. */
    private static final int BLOCK = 96;
    /** Rows whose logits exist at once: 36 MiB of them with 32,000 tokens. */
    private static final int LOGIT_ROWS = 288;

    private final ModelConfig config;
    private final Weights weights;
    private final WorkerTeam team;
    private final Kernels kernels;
    private final GradientKernels gradients;
    private final MatrixProduct product;
    private final TransposedProduct transposed;
    private final DocumentAttention attention;
    private final Rotation rotation;
    private final Scratch[] scratch;
    private final List<Map<LoraModule, LoraPair>> pairs = new ArrayList<>();
    private final @Nullable LoraPair outputPair;
    private final @Nullable LoraEmbedding embedding;
    private final int firstLayer;
    private final int capacity;

    private final int dim;
    private final int queryLength;
    private final int kvLength;
    private final int qkvLength;
    private final int ffn;
    // rows of outputs of products are whole panels
    private final int dimStride;
    private final int queryStride;
    private final int kvStride;
    private final int ffnStride;
    private final int vocabularyStride;

    /** The input of each layer and the output of the last, {@code [layers + 1][tokens][dimStride]}. */
    private final float[][] inputs;
    // what is inside a layer, [tokens][...]
    private final float[] normed;
    private final float[] query;
    private final float[] key;
    private final float[] value;
    private final float[] qkv;
    private final float[] attended;
    private final float[] middle;
    private final float[] normedMiddle;
    private final float[] gate;
    private final float[] up;
    private final float[] activated;
    private final float[] dResidual;
    private final float[] dMiddle;
    private final float[] dNormed;
    private final float[] dAttended;
    private final float[] dQkv;
    private final float[] dActivated;
    // what lives within the output matrix
    private final int[] wanted;
    private final float[] outputNormed;
    private final float[] dOutputNormed;
    private final float[] logits;
    private final double[] losses;

    /** Scratch space of one worker. */
    private static final class Scratch {
        private final PackedWeight.Scratch product = new PackedWeight.Scratch();
        private final DocumentAttention.Scratch attention;
        /** Where the gradient of a norm's weights goes, which nobody wants. */
        private final float[] dNormWeight;

        Scratch(DocumentAttention.Scratch attention, int dim) {
            this.attention = attention;
            this.dNormWeight = new float[dim];
        }
    }

    /** The work on one block of tokens. */
    private interface BlockWork {
        void run(int first, int tokens, Scratch own);
    }

    /**
     * Makes room for batches.
     *
     * @param config sizes
     * @param weights the weights of the model
     * @param parameters the adapter
     * @param capacity largest number of tokens of a batch
     * @param longest largest number of tokens of a document
     * @param team who does the work
     * @param kernels products and norms
     * @param gradients their gradients
     */
    public LoraNetwork(ModelConfig config, Weights weights, AdapterParameters parameters, int capacity, int longest,
            WorkerTeam team, Kernels kernels, GradientKernels gradients) {
        this.config = config;
        this.weights = weights;
        this.capacity = capacity;
        this.team = team;
        this.kernels = kernels;
        this.gradients = gradients;
        product = new MatrixProduct(kernels, team);
        transposed = new TransposedProduct(kernels, team);
        attention = new DocumentAttention(config, kernels, gradients);
        dim = config.embeddingLength();
        queryLength = config.queryLength();
        kvLength = config.kvLength();
        qkvLength = queryLength + 2 * kvLength;
        ffn = config.feedForwardLength();
        dimStride = wholePanels(dim);
        queryStride = wholePanels(queryLength);
        kvStride = wholePanels(kvLength);
        ffnStride = wholePanels(ffn);
        vocabularyStride = wholePanels(config.vocabularySize());
        IntStream ranks = Arrays.stream(LoraModule.values()).mapToInt(parameters::largestRank);
        TokenBatch.requireRoom(capacity,
                IntStream.concat(ranks, IntStream.of(dimStride, queryStride, qkvLength, ffnStride)).max()
                        .orElseThrow());
        rotation = new Rotation(config, longest);
        scratch = new Scratch[team.size()];
        Arrays.setAll(scratch, i -> new Scratch(attention.newScratch(), dim));
        inputs = new float[config.layers() + 1][];
        Arrays.setAll(inputs, i -> rows(dimStride));
        normed = rows(dimStride);
        query = rows(queryStride);
        key = rows(kvStride);
        value = rows(kvStride);
        qkv = rows(qkvLength);
        attended = rows(queryLength);
        middle = rows(dimStride);
        normedMiddle = rows(dimStride);
        gate = rows(ffnStride);
        up = rows(ffnStride);
        activated = rows(ffnStride);
        dResidual = rows(dimStride);
        dMiddle = rows(dimStride);
        dNormed = rows(dimStride);
        dAttended = rows(queryStride);
        dQkv = rows(qkvLength);
        dActivated = rows(ffnStride);
        wanted = new int[capacity];
        losses = new double[capacity];
        int logitRows = Math.min(Math.min(LOGIT_ROWS, capacity), Integer.MAX_VALUE / vocabularyStride);
        outputNormed = new float[logitRows * dimStride];
        dOutputNormed = new float[logitRows * dimStride];
        logits = new float[logitRows * vocabularyStride];
        Map<LoraModule, LoraPair.Between> betweens = new EnumMap<>(LoraModule.class);
        for (LoraModule module : LoraModule.values()) {
            betweens.put(module, LoraPair.Between.of(module == LoraModule.OUTPUT ? logitRows : capacity,
                    parameters.largestRank(module)));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            Map<LoraModule, LoraPair> own = new EnumMap<>(LoraModule.class);
            for (LoraModule module : LoraModule.values()) {
                if (module.isInLayers()) {
                    parameters.pair(module, layer).ifPresent(pair -> own.put(module,
                            new LoraPair(pair, between(betweens, module), kernels, gradients)));
                }
            }
            pairs.add(own);
        }
        outputPair = parameters.pair(LoraModule.OUTPUT, 0)
                .map(pair -> new LoraPair(pair, between(betweens, LoraModule.OUTPUT), kernels, gradients))
                .orElse(null);
        embedding = parameters.pair(LoraModule.TOKEN_EMBD, 0)
                .map(pair -> new LoraEmbedding(pair, between(betweens, LoraModule.TOKEN_EMBD), kernels, gradients))
                .orElse(null);
        firstLayer = embedding == null ? parameters.firstLayer(config) : 0;
        weightsChanged();
    }

    private static LoraPair.Between between(Map<LoraModule, LoraPair.Between> all, LoraModule module) {
        LoraPair.Between between = all.get(module);
        if (between == null) {
            throw new IllegalStateException("no space for " + module);
        }
        return between;
    }

    private static int wholePanels(int length) {
        return (length + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
    }

    private float[] rows(int stride) {
        return new float[capacity * stride];
    }

    @Override
    public void weightsChanged() {
        pairs.forEach(layer -> layer.values().forEach(pair -> pair.pack(team)));
        if (outputPair != null) {
            outputPair.pack(team);
        }
        if (embedding != null) {
            embedding.pack(team);
        }
    }

    @Override
    public double learn(TokenBatch batch, float scale) {
        forward(batch);
        double loss = outputs(batch, scale, true);
        for (int layer = config.layers() - 1; layer >= firstLayer; layer--) {
            // the last layer's activations are still there
            if (layer + 1 < config.layers()) {
                compute(layer, batch);
            }
            backward(layer, batch);
        }
        if (embedding != null) {
            embeddingGradient(embedding, batch);
        }
        return loss;
    }

    @Override
    public double loss(TokenBatch batch) {
        forward(batch);
        return outputs(batch, 0, false);
    }

    private void eachBlock(int tokens, BlockWork work) {
        team.run((tokens + BLOCK - 1) / BLOCK, (block, worker) -> {
            int first = block * BLOCK;
            work.run(first, Math.min(BLOCK, tokens - first), scratch[worker]);
        });
    }

    private void forward(TokenBatch batch) {
        if (batch.size() > capacity) {
            throw new IllegalArgumentException("there is room for " + capacity + " tokens, not " + batch.size());
        }
        float[] first = inputs[0];
        eachBlock(batch.size(), (from, tokens, own) -> {
            for (int t = from; t < from + tokens; t++) {
                weights.embedding().row(batch.token(t), first, t * dimStride);
            }
            if (embedding != null) {
                embedding.add(batch, first, dimStride, from, tokens, own.product);
            }
        });
        for (int layer = 0; layer < config.layers(); layer++) {
            compute(layer, batch);
            finish(layer, batch.size());
        }
    }

    /** Everything of a layer up to the input of its last matrix. */
    private void compute(int layer, TokenBatch batch) {
        Weights.Layer w = weights.layers().get(layer);
        int size = batch.size();
        float[] input = inputs[layer];
        eachBlock(size, (first, tokens, own) -> {
            norm(input, w.attentionNorm(), first, tokens, normed);
            clear(query, queryStride, first, tokens);
            clear(key, kvStride, first, tokens);
            clear(value, kvStride, first, tokens);
            copy(input, middle, dimStride, first, tokens);
        });
        product.add(normed, 0, dimStride, size, new Term(w.wq(), query, queryStride), new Term(w.wk(), key, kvStride),
                new Term(w.wv(), value, kvStride));
        eachBlock(size, (first, tokens, own) -> {
            change(layer, LoraModule.ATTN_Q, normed, dimStride, query, queryStride, first, tokens, own);
            change(layer, LoraModule.ATTN_K, normed, dimStride, key, kvStride, first, tokens, own);
            change(layer, LoraModule.ATTN_V, normed, dimStride, value, kvStride, first, tokens, own);
            for (int t = first; t < first + tokens; t++) {
                int row = t * qkvLength;
                System.arraycopy(query, t * queryStride, qkv, row, queryLength);
                System.arraycopy(key, t * kvStride, qkv, row + queryLength, kvLength);
                System.arraycopy(value, t * kvStride, qkv, row + queryLength + kvLength, kvLength);
                rotation.rotate(qkv, row, config.heads() + config.kvHeads(), batch.position(t), 1);
            }
        });
        eachHead(batch,
                (document, kvHead, own) -> attention.forward(document, kvHead, qkv, attended, own.attention));
        product.add(attended, 0, queryLength, size, new Term(w.wo(), middle, dimStride));
        eachBlock(size, (first, tokens, own) -> {
            change(layer, LoraModule.ATTN_OUTPUT, attended, queryLength, middle, dimStride, first, tokens, own);
            norm(middle, w.ffnNorm(), first, tokens, normedMiddle);
            clear(gate, ffnStride, first, tokens);
            clear(up, ffnStride, first, tokens);
        });
        product.add(normedMiddle, 0, dimStride, size, new Term(w.ffnGate(), gate, ffnStride),
                new Term(w.ffnUp(), up, ffnStride));
        eachBlock(size, (first, tokens, own) -> {
            change(layer, LoraModule.FFN_GATE, normedMiddle, dimStride, gate, ffnStride, first, tokens, own);
            change(layer, LoraModule.FFN_UP, normedMiddle, dimStride, up, ffnStride, first, tokens, own);
            copy(gate, activated, ffnStride, first, tokens);
            for (int t = first; t < first + tokens; t++) {
                kernels.swiGlu(activated, t * ffnStride, up, t * ffnStride, ffn);
            }
            LoraPair down = pairs.get(layer).get(LoraModule.FFN_DOWN);
            if (down != null) {
                down.lower(activated, ffnStride, first, tokens, own.product);
            }
        });
    }

    /** The last matrix of a layer, which the backward pass does not need again. */
    private void finish(int layer, int size) {
        float[] next = inputs[layer + 1];
        eachBlock(size, (first, tokens, own) -> copy(middle, next, dimStride, first, tokens));
        product.add(activated, 0, ffnStride, size,
                new Term(weights.layers().get(layer).ffnDown(), next, dimStride));
        LoraPair down = pairs.get(layer).get(LoraModule.FFN_DOWN);
        if (down != null) {
            eachBlock(size, (first, tokens, own) -> down.raise(next, dimStride, first, tokens, own.product));
        }
    }

    private void change(int layer, LoraModule module, float[] x, int xStride, float[] out, int outStride, int first,
            int tokens, Scratch own) {
        LoraPair pair = pairs.get(layer).get(module);
        if (pair != null) {
            pair.lower(x, xStride, first, tokens, own.product);
            pair.raise(out, outStride, first, tokens, own.product);
        }
    }

    /** The work on one key/value head of one document. */
    private interface HeadWork {
        void run(TokenBatch.Document document, int kvHead, Scratch own);
    }

    private void eachHead(TokenBatch batch, HeadWork work) {
        List<TokenBatch.Document> documents = batch.documents();
        int kvHeads = config.kvHeads();
        team.run(documents.size() * kvHeads,
                (index, worker) -> work.run(documents.get(index / kvHeads), index % kvHeads, scratch[worker]));
    }

    private void norm(float[] x, float[] weight, int first, int tokens, float[] out) {
        for (int t = first; t < first + tokens; t++) {
            kernels.rmsNorm(x, t * dimStride, weight, dim, config.normEpsilon(), out, t * dimStride);
        }
    }

    private void normGradient(float[] x, float[] weight, float[] dX, int first, int tokens, Scratch own) {
        for (int t = first; t < first + tokens; t++) {
            gradients.rmsNormGradient(x, t * dimStride, weight, dim, config.normEpsilon(), dNormed, t * dimStride, dX,
                    t * dimStride, own.dNormWeight, 0);
        }
        Arrays.fill(own.dNormWeight, 0f);
    }

    private static void clear(float[] rows, int stride, int first, int tokens) {
        Arrays.fill(rows, first * stride, (first + tokens) * stride, 0f);
    }

    private static void copy(float[] from, float[] to, int stride, int first, int tokens) {
        System.arraycopy(from, first * stride, to, first * stride, tokens * stride);
    }

    /**
     * The output matrix and the loss, for the rows that have a target, and their gradient down to {@code dResidual}.
     */
    private double outputs(TokenBatch batch, float scale, boolean learn) {
        int rows = 0;
        for (int t = 0; t < batch.size(); t++) {
            if (batch.target(t) != TokenBatch.NONE) {
                wanted[rows++] = t;
            }
        }
        if (learn) {
            Arrays.fill(dResidual, 0, batch.size() * dimStride, 0f);
        }
        for (int start = 0; start < rows; start += LOGIT_ROWS) {
            outputs(batch, start, Math.min(LOGIT_ROWS, rows - start), scale, learn);
        }
        double loss = 0;
        for (int row = 0; row < rows; row++) {
            loss += losses[row];
        }
        return loss;
    }

    private void outputs(TokenBatch batch, int start, int rows, float scale, boolean learn) {
        float[] last = inputs[config.layers()];
        int vocabulary = config.vocabularySize();
        eachBlock(rows, (first, tokens, own) -> {
            for (int r = first; r < first + tokens; r++) {
                kernels.rmsNorm(last, wanted[start + r] * dimStride, weights.outputNorm(), dim, config.normEpsilon(),
                        outputNormed, r * dimStride);
            }
            clear(logits, vocabularyStride, first, tokens);
            clear(dOutputNormed, dimStride, first, tokens);
        });
        product.add(outputNormed, 0, dimStride, rows, new Term(weights.output(), logits, vocabularyStride));
        eachBlock(rows, (first, tokens, own) -> {
            if (outputPair != null) {
                outputPair.lower(outputNormed, dimStride, first, tokens, own.product);
                outputPair.raise(logits, vocabularyStride, first, tokens, own.product);
            }
            for (int r = first; r < first + tokens; r++) {
                int at = r * vocabularyStride;
                int target = batch.target(wanted[start + r]);
                kernels.softmax(logits, at, vocabulary, 1f);
                losses[start + r] = Network.lossOf(logits[at + target]);
                for (int v = 0; v < vocabulary; v++) {
                    logits[at + v] *= scale;
                }
                logits[at + target] -= scale;
            }
        });
        if (!learn) {
            return;
        }
        transposed.add(rows, dOutputNormed, dimStride,
                new TransposedProduct.Term(weights.output(), logits, 0, vocabularyStride));
        eachBlock(rows, (first, tokens, own) -> {
            if (outputPair != null) {
                outputPair.backward(logits, 0, vocabularyStride, first, tokens, own.product);
                outputPair.backwardAdd(dOutputNormed, dimStride, first, tokens, own.product);
            }
            for (int r = first; r < first + tokens; r++) {
                int row = wanted[start + r] * dimStride;
                gradients.rmsNormGradient(last, row, weights.outputNorm(), dim, config.normEpsilon(), dOutputNormed,
                        r * dimStride, dResidual, row, own.dNormWeight, 0);
            }
            Arrays.fill(own.dNormWeight, 0f);
        });
        if (outputPair != null) {
            pairGradients(rows,
                    List.of(new Gradient(outputPair, logits, 0, vocabularyStride, outputNormed, dimStride)));
        }
    }

    /** From the gradient of a layer's output in {@code dResidual} to that of its input, there too, and its adapter. */
    private void backward(int layer, TokenBatch batch) {
        Weights.Layer w = weights.layers().get(layer);
        int size = batch.size();
        int keys = queryLength;
        int values = queryLength + kvLength;
        eachBlock(size, (first, tokens, own) -> clear(dActivated, ffnStride, first, tokens));
        inputGradient(size, layer, dActivated, ffnStride,
                new Output(LoraModule.FFN_DOWN, w.ffnDown(), dResidual, 0, dimStride));
        pairGradients(size, layer, activated, ffnStride,
                new Output(LoraModule.FFN_DOWN, w.ffnDown(), dResidual, 0, dimStride));
        eachBlock(size, (first, tokens, own) -> {
            for (int t = first; t < first + tokens; t++) {
                int row = t * ffnStride;
                gradients.swiGluGradient(gate, row, up, row, dActivated, row, ffn);
            }
            clear(dNormed, dimStride, first, tokens);
        });
        Output[] gateAndUp = {new Output(LoraModule.FFN_GATE, w.ffnGate(), gate, 0, ffnStride),
            new Output(LoraModule.FFN_UP, w.ffnUp(), up, 0, ffnStride)};
        inputGradient(size, layer, dNormed, dimStride, gateAndUp);
        pairGradients(size, layer, normedMiddle, dimStride, gateAndUp);
        eachBlock(size, (first, tokens, own) -> {
            copy(dResidual, dMiddle, dimStride, first, tokens);
            normGradient(middle, w.ffnNorm(), dMiddle, first, tokens, own);
            clear(dAttended, queryStride, first, tokens);
        });
        Output wo = new Output(LoraModule.ATTN_OUTPUT, w.wo(), dMiddle, 0, dimStride);
        inputGradient(size, layer, dAttended, queryStride, wo);
        pairGradients(size, layer, attended, queryLength, wo);
        closeUp(dAttended, queryStride, queryLength, size);
        eachHead(batch, (document, kvHead, own) -> attention.backward(document, kvHead, qkv, dAttended, dQkv,
                own.attention));
        eachBlock(size, (first, tokens, own) -> {
            for (int t = first; t < first + tokens; t++) {
                rotation.rotate(dQkv, t * qkvLength, config.heads() + config.kvHeads(), batch.position(t), -1);
            }
            clear(dNormed, dimStride, first, tokens);
        });
        Output[] queriesKeysValues = {new Output(LoraModule.ATTN_Q, w.wq(), dQkv, 0, qkvLength),
            new Output(LoraModule.ATTN_K, w.wk(), dQkv, keys, qkvLength),
            new Output(LoraModule.ATTN_V, w.wv(), dQkv, values, qkvLength)};
        inputGradient(size, layer, dNormed, dimStride, queriesKeysValues);
        pairGradients(size, layer, normed, dimStride, queriesKeysValues);
        eachBlock(size, (first, tokens, own) -> {
            copy(dMiddle, dResidual, dimStride, first, tokens);
            normGradient(inputs[layer], w.attentionNorm(), dResidual, first, tokens, own);
        });
    }

    /** The outputs of a matrix of a layer: the matrix and the gradient of its outputs. */
    private record Output(LoraModule module, Matrix matrix, float[] dOut, int offset, int stride) {}

    /** Adds the gradient of the inputs that some matrices share, through their weights and through their adapters. */
    private void inputGradient(int size, int layer, float[] dX, int dXStride, Output... outputs) {
        TransposedProduct.Term[] terms = Arrays.stream(outputs)
                .map(out -> new TransposedProduct.Term(out.matrix, out.dOut, out.offset, out.stride))
                .toArray(TransposedProduct.Term[]::new);
        transposed.add(size, dX, dXStride, terms);
        eachBlock(size, (first, tokens, own) -> {
            for (Output out : outputs) {
                LoraPair pair = pairs.get(layer).get(out.module);
                if (pair != null) {
                    pair.backward(out.dOut, out.offset, out.stride, first, tokens, own.product);
                    pair.backwardAdd(dX, dXStride, first, tokens, own.product);
                }
            }
        });
    }

    private void pairGradients(int size, int layer, float[] x, int xStride, Output... outputs) {
        List<Gradient> all = new ArrayList<>();
        for (Output out : outputs) {
            LoraPair pair = pairs.get(layer).get(out.module);
            if (pair != null) {
                all.add(new Gradient(pair, out.dOut, out.offset, out.stride, x, xStride));
            }
        }
        pairGradients(size, all);
    }

    /** The change of a matrix, the gradient of its outputs and its inputs. */
    private record Gradient(LoraPair pair, float[] dOut, int offset, int stride, float[] x, int xStride) {}

    private void pairGradients(int size, List<Gradient> all) {
        record Tile(Gradient gradient, int number) {}
        List<Tile> tiles = new ArrayList<>();
        for (Gradient gradient : all) {
            for (int tile = 0; tile < gradient.pair.tiles(); tile++) {
                tiles.add(new Tile(gradient, tile));
            }
        }
        team.run(tiles.size(), (index, worker) -> {
            Gradient gradient = tiles.get(index).gradient;
            gradient.pair.gradientTile(tiles.get(index).number, gradient.dOut, gradient.offset, gradient.stride,
                    gradient.x, gradient.xStride, size, scratch[worker].product);
        });
    }

    /** Removes the gaps between rows. */
    private static void closeUp(float[] rows, int stride, int length, int count) {
        for (int t = 1; stride != length && t < count; t++) {
            System.arraycopy(rows, t * stride, rows, t * length, length);
        }
    }

    private void embeddingGradient(LoraEmbedding changed, TokenBatch batch) {
        int size = batch.size();
        eachBlock(size,
                (first, tokens, own) -> changed.backward(dResidual, dimStride, first, tokens, own.product));
        team.run(changed.tiles(), (tile, worker) -> changed.gradientTile(tile, dResidual, dimStride, size,
                scratch[worker].product));
        changed.addGradientOfA(batch);
    }
}
