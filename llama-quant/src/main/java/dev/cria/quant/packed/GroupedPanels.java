package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.quant.QuantType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The types whose levels come in groups with a scale and often a minimum: the K-quants, IQ4 and the less common ones
 * with blocks of 32. Panels are laid out as {@link GroupLayout} says and take at most 5 % more bytes than the file.
 */
public final class GroupedPanels implements PanelFormat {
    private static final Fields TWO_BITS = new Fields(2, 1);
    private static final Fields THREE_BITS = new Fields(3, 5, 3, 16);
    private static final Fields FOUR_BITS = new Fields(4, 4);
    private static final Fields FIVE_BITS = new Fields(5, 5);
    private static final Fields SIX_BITS = new Fields(6, 3);

    private final SourceBlock source;
    private final GroupLayout layout;
    private final LevelKernel levels;

    private GroupedPanels(SourceBlock source, GroupLayout layout, LevelKernel levels) {
        this.source = source;
        this.layout = layout;
        this.levels = levels;
    }

    /**
     * {@return the layout of a type, if it is one of these}
     *
     * @param type storage type
     */
    public static Optional<GroupedPanels> of(QuantType type) {
        return Optional.ofNullable(switch (type) {
            case Q4_1 -> small(2, FOUR_BITS, 0, false, new FourBitLevels());
            case Q5_0 -> small(1, FIVE_BITS, 16, false, new FiveBitLevels());
            case Q5_1 -> small(2, FIVE_BITS, 0, false, new FiveBitLevels());
            case IQ4_NL -> small(1, FOUR_BITS, 0, true, new TableLevels());
            case Q2_K -> large(new TwoBitSource(false), 2, new Fields(4, 4), 0, TWO_BITS, 0, false,
                    new TwoBitLevels());
            case Q3_K -> large(new TwoBitSource(true), 1, SIX_BITS, 32, THREE_BITS, 4, false, new ThreeBitLevels());
            case Q4_K -> large(new AffineSource(false), 2, SIX_BITS, 0, FOUR_BITS, 0, false, new FourBitLevels());
            case Q5_K -> large(new AffineSource(true), 2, SIX_BITS, 0, FIVE_BITS, 0, false, new FiveBitLevels());
            case Q6_K -> large(new Q6_KSource(), 1, new Fields(8, 4), 128, SIX_BITS, 32, false, new SixBitLevels());
            case IQ4_XS -> large(new IQ4_XSSource(), 1, new Fields(6, 2), 32, FOUR_BITS, 0, true, new TableLevels());
            default -> null;
        });
    }

    private static GroupedPanels small(int factors, Fields levels, int centre, boolean table, LevelKernel kernel) {
        return new GroupedPanels(new SmallSource(factors, levels.equals(FIVE_BITS)),
                new GroupLayout(32, factors, Optional.empty(), 0, levels, centre, table), kernel);
    }

    private static GroupedPanels large(SourceBlock source, int factors, Fields scales, int scaleCentre, Fields levels,
            int levelCentre, boolean table, LevelKernel kernel) {
        return new GroupedPanels(source,
                new GroupLayout(256, factors, Optional.of(scales), scaleCentre, levels, levelCentre, table), kernel);
    }

    @Override
    public int blockColumns() {
        return layout.columns();
    }

    @Override
    public int blockBytes() {
        return layout.blockBytes();
    }

    @Override
    public boolean pack(byte[] rowBlocks, int rowBytes, int rows, int columns, int[] target) {
        Arrays.fill(target, 0);
        byte[] columnLevels = new byte[layout.columns()];
        byte[] scales = new byte[layout.scales().map(Fields::count).orElse(0)];
        Fields fields = layout.levels();
        for (int r = 0; r < rows; r++) {
            for (int block = 0; block < columns / layout.columns(); block++) {
                int from = r * rowBytes + block * source.bytes();
                int to = block * (layout.blockBytes() / 4);
                for (int factor = 0; factor < layout.factors(); factor++) {
                    int bits = (short) Bytes.SHORT.get(rowBlocks, from + source.factor(factor)) & 0xffff;
                    target[to + factor * (PANEL_ROWS / 2) + r % (PANEL_ROWS / 2)] |= r < PANEL_ROWS / 2
                            ? bits
                            : bits << 16;
                }
                source.read(rowBlocks, from, columnLevels, scales);
                int scaleStart = to + layout.scaleStart() / 4 + r;
                layout.scales().ifPresent(packing -> packing.pack(scales, 0, target, scaleStart));
                int levelStart = to + layout.levelStart() / 4 + r;
                for (int k = 0; k < layout.columns(); k += fields.count()) {
                    fields.pack(columnLevels, k, target, levelStart + k / fields.count() * (fields.bytes() / 4));
                }
            }
        }
        return true;
    }

    @Override
    public PanelKernel plain() {
        return new ExpandingKernel(this::expand, layout.columns(), layout.blockBytes());
    }

    @Override
    public PanelKernel vector() {
        return new GroupedVectors(layout, levels);
    }

    private void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        Fields fields = layout.levels();
        int[] table = GroupLayout.table();
        for (int block = 0; block < blocks; block++) {
            long from = offset + (long) block * layout.blockBytes();
            int to = targetOffset + block * layout.columns() * PANEL_ROWS;
            for (int r = 0; r < PANEL_ROWS; r++) {
                for (int group = 0; group < layout.groups(); group++) {
                    float scale = scale(weights, from, r, group);
                    float summand = summand(weights, from, r, group);
                    int first = group * fields.run();
                    long at = from + layout.levelStart() + 4L * r + (long) (first / fields.count()) * fields.bytes();
                    for (int k = first; k < first + fields.run(); k++) {
                        int level = fields.get(weights, at, k % fields.count());
                        int value = layout.levelTable() ? table[level] : level - layout.levelCentre();
                        target[to + k * PANEL_ROWS + r] = scale * value + summand;
                    }
                }
            }
        }
    }

    private float scale(MemorySegment weights, long block, int row, int group) {
        float factor = factor(weights, block, row);
        long at = block + layout.scaleStart() + 4L * row;
        return layout.scales().map(fields -> factor * (fields.get(weights, at, group) - layout.scaleCentre()))
                .orElse(factor);
    }

    private float summand(MemorySegment weights, long block, int row, int group) {
        if (layout.factors() == 1) {
            return 0;
        }
        float factor = factor(weights, block + 2 * PANEL_ROWS, row);
        long at = block + layout.scaleStart() + 4L * row;
        return layout.scales().map(fields -> -factor * fields.get(weights, at, layout.groups() + group)).orElse(factor);
    }

    private static float factor(MemorySegment weights, long pairs, int row) {
        int pair = weights.get(F16Panels.INT, pairs + 4L * (row % (PANEL_ROWS / 2)));
        return row < PANEL_ROWS / 2 ? Half.lowFloat16(pair) : Half.highFloat16(pair);
    }
}
