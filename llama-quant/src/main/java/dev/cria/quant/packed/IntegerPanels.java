package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.Kernels;
import dev.cria.quant.QuantType;
import java.util.Arrays;
import java.util.Optional;

/**
 * The types with levels of four bits that are evenly spaced, for products with inputs in 8 bits. Panels are laid out as {@link IntegerLayout} says and take at most 3 % more bytes than the file.
 */
public final class IntegerPanels implements PanelFormat {
    /** Small scales, and minima, take a byte each: with six bits, as in the file, taking them apart costs more time than reading 3 % more memory. */
    private static final Fields BYTES = new Fields(8, 4);
    private static final Fields FOUR_BITS = new Fields(4, 4);
    /** The even and the odd ones of eight numbers of four bits, a byte each. */
    private static final long EVEN = 0x000f000f000f000fL;
    private static final long ODD = 0x0f000f000f000f00L;

    private final SourceBlock source;
    private final IntegerLayout layout;

    private IntegerPanels(SourceBlock source, GroupLayout groups) {
        this.source = source;
        this.layout = new IntegerLayout(groups);
    }

    /**
     * {@return the layout of a type, if it is one of these}
     *
     * @param type storage type
     */
    public static Optional<IntegerPanels> of(QuantType type) {
        return Optional.ofNullable(switch (type) {
            case Q4_0 -> small(1);
            case Q4_1 -> small(2);
            case Q4_K -> new IntegerPanels(new AffineSource(false),
                    new GroupLayout(256, 2, Optional.of(BYTES), 0, FOUR_BITS, 0, false));
            default -> null;
        });
    }

    private static IntegerPanels small(int factors) {
        return new IntegerPanels(new SmallSource(factors, false),
                new GroupLayout(32, factors, Optional.empty(), 0, FOUR_BITS, 0, false));
    }

    @Override
    public int blockColumns() {
        return layout.groups().columns();
    }

    @Override
    public int blockBytes() {
        return layout.groups().blockBytes();
    }

    @Override
    public boolean pack(byte[] rowBlocks, int rowBytes, int rows, int columns, int[] target) {
        Arrays.fill(target, 0);
        GroupLayout groups = layout.groups();
        byte[] levels = new byte[groups.columns()];
        byte[] scales = new byte[groups.scales().map(Fields::count).orElse(0)];
        int blocks = columns / groups.columns();
        for (int r = 0; r < rows; r++) {
            for (int block = 0; block < blocks; block++) {
                int inTile = block % layout.tileBlocks();
                int tile = (block - inTile) * (groups.blockBytes() / 4);
                int tileBlocks = Math.min(layout.tileBlocks(), blocks - (block - inTile));
                int from = r * rowBytes + block * source.bytes();
                packFactors(rowBlocks, from, r, target, tile, inTile, tileBlocks);
                source.read(rowBlocks, from, levels, scales);
                int scaleStart = tile + groups.scaleStart() / 4 + r;
                groups.scales().ifPresent(fields -> fields.pack(scales, 0, target, scaleStart));
                packLevels(levels, tileBlocks * groups.columns(), inTile * groups.columns(), r, target, tile);
            }
        }
        return true;
    }

    private void packFactors(byte[] rowBlocks, int from, int row, int[] target, int tile, int block, int blocks) {
        for (int factor = 0; factor < layout.groups().factors(); factor++) {
            int bits = (short) Bytes.SHORT.get(rowBlocks, from + source.factor(factor)) & 0xffff;
            target[tile + (factor * blocks + block) * IntegerLayout.HALF + row / 2] |= bits << (16 * (row % 2));
        }
    }

    private void packLevels(byte[] levels, int tileColumns, int firstColumn, int row, int[] target, int tile) {
        int words = tile + (layout.levelStart(tileColumns)
                + row / IntegerLayout.HALF * IntegerLayout.halfBytes(tileColumns)) / 4 + row % IntegerLayout.HALF;
        for (int k = 0; k < levels.length; k += IntegerLayout.COLUMNS_PER_WORD) {
            int word = (firstColumn + k) / IntegerLayout.COLUMNS_PER_WORD;
            target[words + word * IntegerLayout.HALF] = pairs((long) Bytes.LONG.get(levels, k));
        }
    }

    /** Eight numbers of four bits: the even ones side by side in the lower half, the odd ones in the upper. */
    private static int pairs(long eight) {
        return (int) Long.compress(eight, EVEN) | (int) Long.compress(eight, ODD) << 16;
    }

    /** The arithmetic with inputs in 8 bits, plain with plain kernels. */
    IntegerKernel kernel(Kernels kernels) {
        return kernels == Kernels.plain() ? new PlainIntegers(layout) : new IntegerVectors(layout);
    }

    @Override
    public PanelKernel plain() {
        return new ExpandingKernel(new PlainIntegers(layout)::expand, blockColumns(), blockBytes());
    }

    @Override
    public PanelKernel vector() {
        return new ExpandingKernel(new IntegerVectors(layout)::expand, blockColumns(), blockBytes());
    }
}
