package dev.cria.train.network;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The Llama 2 transformer with its backward pass, over batches of documents. Everything but attention and the gradients
 * of the weights is done block of tokens by block of tokens, so that what one step of a block writes the next finds in
 * the cache.
 *
 * <p>Work is split by what is written, never within a sum, and the pieces do not depend on the number of threads:
 * results are equal to the last bit on any number of them. Not thread-safe.
 */
public final class Network implements TrainableNetwork {
    /** Tokens of a block: their widest activations and a panel of weights fit in a second-level cache. */
    private static final int BLOCK = 96;
    /** Rows whose logits exist at once: 8 MiB of them with 2,048 tokens, 128 MiB with 32,000. */
    private static final int LOGIT_ROWS = 1056;

    private final ModelConfig config;
    private final Parameters parameters;
    private final WorkerTeam team;
    private final Kernels kernels;
    private final GradientKernels gradients;
    private final DocumentAttention attention;
    private final Rotation rotation;
    private final List<Layer> layers;
    private final PackedWeight output;
    private final Scratch[] scratch;
    private final int dim;
    private final int queryLength;
    private final int qkvLength;
    private final int ffn;
    private final int vocabulary;
    private final int capacity;

    // what the backward pass needs of the forward pass, [tokens][...]
    private final float[] last;
    // what lives within a layer
    private final float[] normed;
    private final float[] normedMiddle;
    private final float[] activated;
    private final float[] dResidual;
    private final float[] dMiddle;
    private final float[] dAttended;
    private final float[] dQkv;
    private final float[] dNorm;
    // what lives within the output matrix
    private final int[] wanted;
    private final float[] outputNormed;
    private final float[] logits;
    private final double[] losses;

    /** One block's weights and the activations that its backward pass needs. */
    private static final class Layer {
        private final Parameters.Layer weights;
        private final PackedWeight wqkv;
        private final PackedWeight wo;
        private final PackedWeight gateUp;
        private final PackedWeight down;
        private final float[] input;
        private final float[] qkv;
        private final float[] attended;
        private final float[] middle;
        private final float[] gatesAndUps;

        Layer(Parameters.Layer weights, Kernels kernels, GradientKernels gradients, int capacity) {
            this.weights = weights;
            wqkv = new PackedWeight(weights.wqkv(), kernels, gradients);
            wo = new PackedWeight(weights.wo(), kernels, gradients);
            gateUp = new PackedWeight(weights.gateUp(), kernels, gradients);
            down = new PackedWeight(weights.down(), kernels, gradients);
            int dim = weights.wo().rows();
            input = new float[capacity * dim];
            qkv = new float[capacity * weights.wqkv().rows()];
            attended = new float[capacity * weights.wo().columns()];
            middle = new float[capacity * dim];
            gatesAndUps = new float[capacity * weights.gateUp().rows()];
        }
    }

    /** Scratch space of one worker. */
    private static final class Scratch {
        private final PackedWeight.Scratch product = new PackedWeight.Scratch();
        private final DocumentAttention.Scratch attention;
        private final float[] wide;
        private final float[] narrow;

        Scratch(DocumentAttention.Scratch attention, int dim, int ffn) {
            this.attention = attention;
            this.wide = new float[BLOCK * ffn];
            this.narrow = new float[BLOCK * dim];
        }
    }

    /** The work on one block of tokens. */
    private interface BlockWork {
        void run(int block, int first, int tokens, Scratch own);
    }

    /**
     * Makes room for batches.
     *
     * @param config sizes
     * @param parameters weights; call {@link #weightsChanged} after changing them
     * @param capacity largest number of tokens of a batch
     * @param team who does the work
     * @param kernels products and norms
     * @param gradients their gradients
     */
    public Network(ModelConfig config, Parameters parameters, int capacity, WorkerTeam team, Kernels kernels,
            GradientKernels gradients) {
        this.config = config;
        this.parameters = parameters;
        this.capacity = capacity;
        this.team = team;
        this.kernels = kernels;
        this.gradients = gradients;
        dim = config.embeddingLength();
        queryLength = config.queryLength();
        qkvLength = queryLength + 2 * config.kvLength();
        ffn = config.feedForwardLength();
        vocabulary = config.vocabularySize();
        TokenBatch.requireRoom(capacity, IntStream.of(dim, qkvLength, 2 * ffn).max().orElseThrow());
        attention = new DocumentAttention(config, kernels, gradients);
        rotation = new Rotation(config, config.contextLength());
        layers = parameters.layers().stream().map(layer -> new Layer(layer, kernels, gradients, capacity)).toList();
        output = new PackedWeight(parameters.output(), kernels, gradients);
        scratch = new Scratch[team.size()];
        Arrays.setAll(scratch, i -> new Scratch(attention.newScratch(), dim, ffn));
        last = new float[capacity * dim];
        normed = new float[capacity * dim];
        normedMiddle = new float[capacity * dim];
        activated = new float[capacity * ffn];
        dResidual = new float[capacity * dim];
        dMiddle = new float[capacity * dim];
        dAttended = new float[capacity * queryLength];
        dQkv = new float[capacity * qkvLength];
        dNorm = new float[blocks(capacity) * dim];
        wanted = new int[capacity];
        int logitRows = Math.min(Math.min(LOGIT_ROWS, capacity), Integer.MAX_VALUE / vocabulary);
        outputNormed = new float[logitRows * dim];
        logits = new float[logitRows * vocabulary];
        losses = new double[capacity];
        weightsChanged();
    }

    private static int blocks(int tokens) {
        return (tokens + BLOCK - 1) / BLOCK;
    }

    /** {@return the weights} */
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public void weightsChanged() {
        for (Layer layer : layers) {
            for (PackedWeight weight : List.of(layer.wqkv, layer.wo, layer.gateUp, layer.down)) {
                weight.pack(team);
            }
        }
        output.pack(team);
    }

    @Override
    public double learn(TokenBatch batch, float scale) {
        forward(batch);
        double loss = outputs(batch, scale, true);
        for (int i = layers.size() - 1; i >= 0; i--) {
            backward(layers.get(i), batch);
        }
        embeddingGradient(batch);
        return loss;
    }

    @Override
    public double loss(TokenBatch batch) {
        forward(batch);
        return outputs(batch, 0, false);
    }

    /**
     * Computes the logits after every token.
     *
     * @param batch documents, at most as many tokens as there is room for
     * @return logits, {@code [tokens][vocabulary]}
     */
    public float[] logits(TokenBatch batch) {
        forward(batch);
        float[] all = new float[Math.multiplyExact(batch.size(), vocabulary)];
        eachBlock(batch.size(), (block, first, tokens, own) -> {
            norm(last, parameters.outputNorm(), first, tokens, own.narrow, 0);
            output.forward(own.narrow, 0, dim, tokens, all, first * vocabulary, vocabulary, own.product);
        });
        return all;
    }

    private void eachBlock(int tokens, BlockWork work) {
        team.run(blocks(tokens), (block, worker) -> {
            int first = block * BLOCK;
            work.run(block, first, Math.min(BLOCK, tokens - first), scratch[worker]);
        });
    }

    private void forward(TokenBatch batch) {
        int tokens = batch.size();
        if (tokens > capacity) {
            throw new IllegalArgumentException("there is room for " + capacity + " tokens, not " + tokens);
        }
        float[] first = layers.getFirst().input;
        float[] embedding = parameters.embedding().values();
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(embedding, batch.token(t) * dim, first, t * dim, dim);
        }
        for (int i = 0; i < layers.size(); i++) {
            forward(layers.get(i), batch, i + 1 < layers.size() ? layers.get(i + 1).input : last);
        }
    }

    private void forward(Layer layer, TokenBatch batch, float[] next) {
        int queryAndKeyHeads = config.heads() + config.kvHeads();
        eachBlock(batch.size(), (block, first, tokens, own) -> {
            norm(layer.input, layer.weights.attentionNorm(), first, tokens, own.narrow, 0);
            layer.wqkv.forward(own.narrow, 0, dim, tokens, layer.qkv, first * qkvLength, qkvLength, own.product);
            for (int t = first; t < first + tokens; t++) {
                rotation.rotate(layer.qkv, t * qkvLength, queryAndKeyHeads, batch.position(t), 1);
            }
        });
        eachHead(batch, (document, kvHead, own) -> attention.forward(document, kvHead, layer.qkv, layer.attended,
                own.attention));
        eachBlock(batch.size(), (block, first, tokens, own) -> {
            int from = first * dim;
            layer.wo.forward(layer.attended, first * queryLength, queryLength, tokens, layer.middle, from, dim,
                    own.product);
            add(layer.middle, from, layer.input, from, tokens * dim);
            norm(layer.middle, layer.weights.ffnNorm(), first, tokens, own.narrow, 0);
            layer.gateUp.forward(own.narrow, 0, dim, tokens, layer.gatesAndUps, first * 2 * ffn, 2 * ffn,
                    own.product);
            activate(layer, first, tokens, own.wide, 0);
            layer.down.forward(own.wide, 0, ffn, tokens, next, from, dim, own.product);
            add(next, from, layer.middle, from, tokens * dim);
        });
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

    private void norm(float[] x, Parameter weight, int first, int tokens, float[] out, int outFirst) {
        for (int t = 0; t < tokens; t++) {
            kernels.rmsNorm(x, (first + t) * dim, weight.values(), dim, config.normEpsilon(), out,
                    (outFirst + t) * dim);
        }
    }

    private void activate(Layer layer, int first, int tokens, float[] out, int outFirst) {
        for (int t = 0; t < tokens; t++) {
            int gate = (first + t) * 2 * ffn;
            System.arraycopy(layer.gatesAndUps, gate, out, (outFirst + t) * ffn, ffn);
            kernels.swiGlu(out, (outFirst + t) * ffn, layer.gatesAndUps, gate + ffn, ffn);
        }
    }

    private static void add(float[] to, int toOffset, float[] from, int fromOffset, int n) {
        for (int i = 0; i < n; i++) {
            to[toOffset + i] += from[fromOffset + i];
        }
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
            Arrays.fill(dResidual, 0, batch.size() * dim, 0f);
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
        float[] weight = parameters.outputNorm().values();
        eachBlock(rows, (block, first, tokens, own) -> {
            for (int r = first; r < first + tokens; r++) {
                kernels.rmsNorm(last, wanted[start + r] * dim, weight, dim, config.normEpsilon(), outputNormed,
                        r * dim);
            }
            output.forward(outputNormed, first * dim, dim, tokens, logits, first * vocabulary, vocabulary,
                    own.product);
            for (int r = first; r < first + tokens; r++) {
                int at = r * vocabulary;
                int target = batch.target(wanted[start + r]);
                kernels.softmax(logits, at, vocabulary, 1f);
                // the smallest normal float stands for a probability that underflowed
                losses[start + r] = lossOf(logits[at + target]);
                for (int v = 0; v < vocabulary; v++) {
                    logits[at + v] *= scale;
                }
                logits[at + target] -= scale;
            }
            if (learn) {
                output.backward(logits, first * vocabulary, vocabulary, tokens, own.narrow, 0, dim, own.product);
                Arrays.fill(dNorm, block * dim, (block + 1) * dim, 0f);
                for (int r = first; r < first + tokens; r++) {
                    int row = wanted[start + r] * dim;
                    gradients.rmsNormGradient(last, row, weight, dim, config.normEpsilon(), own.narrow,
                            (r - first) * dim, dResidual, row, dNorm, block * dim);
                }
            }
        });
        if (learn) {
            addNormGradient(parameters.outputNorm(), rows);
            team.run(output.tiles(),
                    (tile, worker) -> output.gradientTile(tile, logits, outputNormed, rows, scratch[worker].product));
        }
    }

    static double lossOf(float probability) {
        return Float.isNaN(probability) ? Double.NaN : -StrictMath.log(Math.max(probability, Float.MIN_NORMAL));
    }

    private void addNormGradient(Parameter norm, int tokens) {
        for (int block = 0; block < blocks(tokens); block++) {
            add(norm.gradient(), 0, dNorm, block * dim, dim);
        }
    }

    /** From the gradient of a layer's output in {@code dResidual} to that of its input, there too, and its weights. */
    private void backward(Layer layer, TokenBatch batch) {
        int size = batch.size();
        int queryAndKeyHeads = config.heads() + config.kvHeads();
        float epsilon = config.normEpsilon();
        eachBlock(size, (block, first, tokens, own) -> {
            int from = first * dim;
            activate(layer, first, tokens, activated, first);
            layer.down.backward(dResidual, from, dim, tokens, own.wide, 0, ffn, own.product);
            for (int t = 0; t < tokens; t++) {
                int gate = (first + t) * 2 * ffn;
                gradients.swiGluGradient(layer.gatesAndUps, gate, layer.gatesAndUps, gate + ffn, own.wide, t * ffn,
                        ffn);
            }
            norm(layer.middle, layer.weights.ffnNorm(), first, tokens, normedMiddle, first);
            layer.gateUp.backward(layer.gatesAndUps, first * 2 * ffn, 2 * ffn, tokens, own.narrow, 0, dim,
                    own.product);
            System.arraycopy(dResidual, from, dMiddle, from, tokens * dim);
            normGradient(layer.middle, layer.weights.ffnNorm(), block, first, tokens, own.narrow, dMiddle, epsilon);
            layer.wo.backward(dMiddle, from, dim, tokens, dAttended, first * queryLength, queryLength, own.product);
        });
        addNormGradient(layer.weights.ffnNorm(), size);
        // before dResidual is overwritten
        weightGradients(size, List.of(new Gradient(layer.down, dResidual, activated),
                new Gradient(layer.gateUp, layer.gatesAndUps, normedMiddle),
                new Gradient(layer.wo, dMiddle, layer.attended)));
        eachHead(batch, (document, kvHead, own) -> attention.backward(document, kvHead, layer.qkv, dAttended, dQkv,
                own.attention));
        eachBlock(size, (block, first, tokens, own) -> {
            int from = first * dim;
            for (int t = first; t < first + tokens; t++) {
                rotation.rotate(dQkv, t * qkvLength, queryAndKeyHeads, batch.position(t), -1);
            }
            norm(layer.input, layer.weights.attentionNorm(), first, tokens, normed, first);
            layer.wqkv.backward(dQkv, first * qkvLength, qkvLength, tokens, own.narrow, 0, dim, own.product);
            System.arraycopy(dMiddle, from, dResidual, from, tokens * dim);
            normGradient(layer.input, layer.weights.attentionNorm(), block, first, tokens, own.narrow, dResidual,
                    epsilon);
        });
        addNormGradient(layer.weights.attentionNorm(), size);
        weightGradients(size, List.of(new Gradient(layer.wqkv, dQkv, normed)));
    }

    private void normGradient(float[] x, Parameter weight, int block, int first, int tokens, float[] dOut, float[] dX,
            float epsilon) {
        Arrays.fill(dNorm, block * dim, (block + 1) * dim, 0f);
        for (int t = 0; t < tokens; t++) {
            gradients.rmsNormGradient(x, (first + t) * dim, weight.values(), dim, epsilon, dOut, t * dim, dX,
                    (first + t) * dim, dNorm, block * dim);
        }
    }

    /** A matrix, the gradient of its outputs and its inputs. */
    private record Gradient(PackedWeight weight, float[] dOut, float[] x) {}

    private void weightGradients(int tokens, List<Gradient> all) {
        record Tile(Gradient gradient, int number) {}
        List<Tile> tiles = new ArrayList<>();
        for (Gradient gradient : all) {
            for (int tile = 0; tile < gradient.weight.tiles(); tile++) {
                tiles.add(new Tile(gradient, tile));
            }
        }
        team.run(tiles.size(), (index, worker) -> {
            Tile tile = tiles.get(index);
            tile.gradient.weight.gradientTile(tile.number, tile.gradient.dOut, tile.gradient.x, tokens,
                    scratch[worker].product);
        });
    }

    private void embeddingGradient(TokenBatch batch) {
        float[] gradient = parameters.embedding().gradient();
        for (int t = 0; t < batch.size(); t++) {
            add(gradient, batch.token(t) * dim, dResidual, t * dim, dim);
        }
    }
}
