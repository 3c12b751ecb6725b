package dev.cria.core;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Products of weight matrices and batches of rows, spread over a worker team. With few rows the weights are read once
 * and multiplied as they are stored; with many, tiles of them are expanded to floats, or unpacked to levels, each once,
 * and reused by every row.
 */
public final class MatrixProduct {
    /**
     * Rows of inputs from which tiles are expanded: expanding a tile costs about as much as multiplying it with two or
     * three rows in place.
     */
    private static final int EXPAND_FROM = 4;
    /**
     * Rows of inputs from which tiles of levels are unpacked, three times the six that then lie side by side. Tokens a
     * second of 1.1B models without and with unpacking, a prompt of 16 tokens: Q4_0 100 and 90, Q4_K_M 84 and 83, Q6_K
     * 68 and 65; of 18 tokens 90 and 94, 86 and 95, 53 and 71; of 20 tokens 99 and 105, 86 and 90, 61 and 74.
     */
    public static final int UNPACK_FROM = 18;
    /**
     * Panels that share one pass over the inputs: 2 panels x 32 rows of outputs and 256 columns of inputs are 1,280
     * bytes a token, 320 KiB for 258 tokens, which stay in the L2 cache of every server processor. More panels would
     * reuse the inputs more often, but they come from L2 as it is.
     */
    private static final int PANELS_PER_PIECE = 2;
    /**
     * Pieces for each member of the team: with few and large pieces all members but one wait for the last piece, which
     * cost a tenth of the time of a matrix of 2048 rows.
     */
    private static final int PIECES_PER_WORKER = 24;

    private static final int CACHE_LINE = 64;

    private final Kernels kernels;
    private final WorkerTeam team;
    private final ActivationType activations;
    private final Scratch[] scratch;
    private final QuantizedRows quantized = new QuantizedRows();
    /** How many there have been, the present one included. */
    private long products;

    /**
     * Products of floats.
     *
     * @param kernels the primitives to use
     * @param team who does the work
     */
    public MatrixProduct(Kernels kernels, WorkerTeam team) {
        this(kernels, team, ActivationType.F32);
    }

    /**
     * @param kernels the primitives to use
     * @param team who does the work
     * @param activations what inputs become for a {@link LevelMatrix}; other matrices take them as they are
     */
    public MatrixProduct(Kernels kernels, WorkerTeam team, ActivationType activations) {
        this.kernels = kernels;
        this.team = team;
        this.activations = activations;
        this.scratch = new Scratch[team.size()];
        Arrays.setAll(scratch, i -> new Scratch());
    }

    /** Space of one worker: a tile as formats expand it, and the same where vectors do not straddle cache lines. */
    private static final class Scratch {
        final float[] expanded = new float[Matrix.SCRATCH];
        final MemorySegment tile = Arena.ofAuto().allocate(Float.BYTES * (long) Matrix.SCRATCH, CACHE_LINE);
        final LevelTile levels = new LevelTile();
        final QuantizedRows quantized = new QuantizedRows();
        /** Number of the product whose inputs are quantized. */
        long product;
    }

    /**
     * One product: {@code out[t] += matrix * x[t]}.
     *
     * @param matrix the weights
     * @param out receives the sums, on top of what is there: {@code [tokens][outStride]}
     * @param outStride distance between the rows of outputs, at least {@code matrix.panels() * PANEL_ROWS}
     */
    public record Term(Matrix matrix, float[] out, int outStride) {}

    /**
     * Adds the products of some matrices with the same inputs to their outputs.
     *
     * @param x inputs, {@code [tokens][xStride]}
     * @param xOffset index of the first input
     * @param xStride distance between the rows of inputs
     * @param tokens number of rows of inputs
     * @param terms the matrices, all with the same number of columns, and where their results go
     */
    public void add(float[] x, int xOffset, int xStride, int tokens, Term... terms) {
        int panels = 0;
        boolean levels = false;
        for (Term term : terms) {
            panels += term.matrix.panels();
            levels |= inLevels(term);
        }
        products++;
        if (levels && tokens > 1) {
            quantize(x, xOffset, xStride, tokens, terms);
        }
        int perPiece = Math.clamp(panels / (PIECES_PER_WORKER * team.size()), fewest(tokens, terms), PANELS_PER_PIECE);
        int pieces = 0;
        for (Term term : terms) {
            pieces += (term.matrix.panels() + perPiece - 1) / perPiece;
        }
        team.run(pieces, (piece, worker) -> {
            int index = piece;
            for (Term term : terms) {
                int inTerm = (term.matrix.panels() + perPiece - 1) / perPiece;
                if (index < inTerm) {
                    int first = index * perPiece;
                    int end = Math.min(first + perPiece, term.matrix.panels());
                    if (inLevels(term) && tokens < kernel(term).unpackFrom()) {
                        QuantizedRows inputs = tokens > 1
                                ? quantized
                                : quantizedRow(x, xOffset, scratch[worker], terms);
                        direct((LevelMatrix) term.matrix, term, first, end, inputs, tokens, scratch[worker].levels);
                    } else if (inLevels(term)) {
                        unpacked((LevelMatrix) term.matrix, term, first, end, tokens, scratch[worker].levels);
                    } else if (tokens < EXPAND_FROM) {
                        direct(term, first, end, x, xOffset, xStride, tokens, scratch[worker].expanded);
                    } else {
                        expanded(term, first, end, x, xOffset, xStride, tokens, scratch[worker]);
                    }
                    return;
                }
                index -= inTerm;
            }
        });
    }

    /** Panels that are multiplied together are not shared out. */
    private int fewest(int tokens, Term... terms) {
        int fewest = 1;
        for (Term term : terms) {
            if (inLevels(term) && tokens < kernel(term).unpackFrom()) {
                fewest = Math.max(fewest, ((LevelMatrix) term.matrix).panelsTogether());
            }
        }
        return fewest;
    }

    private boolean inLevels(Term term) {
        return activations == ActivationType.Q8 && term.matrix instanceof LevelMatrix;
    }

    private static QuantizedKernel kernel(Term term) {
        return ((LevelMatrix) term.matrix).kernel();
    }

    private static Set<LevelCoding> codings(Term... terms) {
        Set<LevelCoding> codings = EnumSet.noneOf(LevelCoding.class);
        for (Term term : terms) {
            if (term.matrix instanceof LevelMatrix levels) {
                codings.add(levels.coding());
            }
        }
        return codings;
    }

    private void quantize(float[] x, int xOffset, int xStride, int tokens, Term... terms) {
        int columns = terms[0].matrix.columns();
        resize(quantized, tokens, columns, terms);
        team.run(tokens, (row, worker) -> kernels.quantize(x, xOffset + row * xStride, quantized, row));
    }

    /** The kernels of all terms are of one kind. */
    private void resize(QuantizedRows rows, int tokens, int columns, Term... terms) {
        QuantizedKernel first = kernel(List.of(terms).stream().filter(this::inLevels).findFirst().orElseThrow());
        if (first.takesQ8Blocks()) {
            rows.resizeForBlocks(tokens, columns, codings(terms));
        } else if (tokens < first.unpackFrom()) {
            rows.resizeForPacked(tokens, columns, codings(terms));
        } else {
            rows.resizeForUnpacked(tokens, columns, codings(terms));
        }
    }

    /**
     * A single row is quantized by every member of the team for itself, before its first piece: what one had written
     * would come to the others from its cache, line by line, which takes longer.
     */
    private QuantizedRows quantizedRow(float[] x, int xOffset, Scratch own, Term... terms) {
        if (own.product != products) {
            resize(own.quantized, 1, terms[0].matrix.columns(), terms);
            kernels.quantize(x, xOffset, own.quantized, 0);
            own.product = products;
        }
        return own.quantized;
    }

    private static void direct(LevelMatrix matrix, Term term, int first, int end, QuantizedRows inputs, int tokens,
            LevelTile tile) {
        int together = matrix.panelsTogether();
        // several rows find the weights of a small tile in the L1 cache
        int columns = tokens == 1 ? matrix.columnsTogether() : LevelTile.COLUMNS;
        for (int panel = first; panel < end; panel += together) {
            int rows = Math.min(together, matrix.panels() - panel) * Matrix.PANEL_ROWS;
            for (int column = 0; column < matrix.columns(); column += columns) {
                matrix.loadTogether(panel, column, Math.min(columns, matrix.columns() - column), tile);
                for (int t = 0; t < tokens; t++) {
                    int outOffset = panel * Matrix.PANEL_ROWS + t * term.outStride;
                    System.arraycopy(term.out, outOffset, tile.sums(), 0, rows);
                    tile.with(inputs, t, tile.sums(), 0);
                    matrix.kernel().multiply(tile);
                    System.arraycopy(tile.sums(), 0, term.out, outOffset, rows);
                }
            }
        }
    }

    private void unpacked(LevelMatrix matrix, Term term, int first, int end, int tokens, LevelTile tile) {
        for (int column = 0; column < matrix.columns(); column += LevelTile.COLUMNS) {
            int count = Math.min(LevelTile.COLUMNS, matrix.columns() - column);
            for (int panel = first; panel < end; panel++) {
                matrix.load(panel, column, count, tile);
                matrix.kernel().unpack(tile);
                matrix.kernel().multiplyUnpacked(tile, quantized, tokens, term.out, panel * Matrix.PANEL_ROWS,
                        term.outStride);
            }
        }
    }

    private static void direct(Term term, int first, int end, float[] x, int xOffset, int xStride, int tokens,
            float[] scratch) {
        for (int panel = first; panel < end; panel++) {
            for (int t = 0; t < tokens; t++) {
                term.matrix.multiply(panel, x, xOffset + t * xStride, term.out,
                        t * term.outStride + panel * Matrix.PANEL_ROWS, scratch);
            }
        }
    }

    private void expanded(Term term, int first, int end, float[] x, int xOffset, int xStride, int tokens,
            Scratch own) {
        int columns = term.matrix.columns();
        for (int column = 0; column < columns; column += Matrix.TILE_COLUMNS) {
            int count = Math.min(Matrix.TILE_COLUMNS, columns - column);
            for (int panel = first; panel < end; panel++) {
                term.matrix.expand(panel, column, count, own.expanded, 0);
                MemorySegment.copy(own.expanded, 0, own.tile, ValueLayout.JAVA_FLOAT, 0, count * Matrix.PANEL_ROWS);
                kernels.panelProduct(own.tile, count, x, xOffset + column, xStride, tokens, term.out,
                        panel * Matrix.PANEL_ROWS, term.outStride);
            }
        }
    }
}
