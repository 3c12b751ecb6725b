package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.Kernels;
import dev.cria.core.LevelCoding;
import dev.cria.quant.QuantType;
import java.util.Arrays;
import java.util.Optional;

/**
 * The types with evenly spaced levels of four to six bits, for products with inputs in 8 bits. Panels are laid out as {@link IntegerLayout} says and take at most 3 % more bytes than the file.
 */
public final class IntegerPanels implements PanelFormat {
    /** Small scales, and minima, take a byte each: with six bits, as in the file, taking them apart costs more time than reading 3 % more memory. */
    private static final Fields BYTES = new Fields(8, 4);
    private static final Fields FOUR_BITS = new Fields(4, 4);
    private static final Fields FIVE_BITS = new Fields(5, 5);
    private static final Fields SIX_BITS = new Fields(6, 3);

    private final SourceBlock source;
    private final IntegerLayout layout;

    private IntegerPanels(SourceBlock source, GroupLayout groups) {
        this.source = source;
        this.layout = new IntegerLayout(groups, switch (groups.levels().bits()) {
            case 4 -> LevelCoding.FOUR;
            case 5 -> LevelCoding.FIVE;
            default -> LevelCoding.SIX;
        });
    }

    /**
     * {@return the layout of a type, if it is one of these}
     *
     * @param type storage type
     */
    public static Optional<IntegerPanels> of(QuantType type) {
        return Optional.ofNullable(switch (type) {
            case Q4_0 -> small(1, FOUR_BITS);
            case Q4_1 -> small(2, FOUR_BITS);
            case Q5_0 -> small(1, FIVE_BITS);
            case Q5_1 -> small(2, FIVE_BITS);
            case Q4_K -> new IntegerPanels(new AffineSource(false),
                    new GroupLayout(256, 2, Optional.of(BYTES), 0, FOUR_BITS, 0, false));
            case Q5_K -> new IntegerPanels(new AffineSource(true),
                    new GroupLayout(256, 2, Optional.of(BYTES), 0, FIVE_BITS, 0, false));
            case Q6_K -> new IntegerPanels(new Q6_KSource(),
                    new GroupLayout(256, 1, Optional.of(BYTES), 128, SIX_BITS, 32, false));
            default -> null;
        });
    }

    private static IntegerPanels small(int factors, Fields levels) {
        return new IntegerPanels(new SmallSource(factors, levels.equals(FIVE_BITS)),
                new GroupLayout(32, factors, Optional.empty(), 0, levels, 0, false));
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
        byte[] levels = new byte[groups.columns() + Long.BYTES];
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

    /** As {@link LevelCoding#pieces()} says, a word at a time. */
    private void packLevels(byte[] levels, int tileColumns, int firstColumn, int row, int[] target, int tile) {
        LevelCoding coding = layout.coding();
        int words = coding.words();
        int perWord = coding.wholeLevels();
        int wholeBits = perWord * coding.bits();
        int leftBits = Short.SIZE - wholeBits;
        int lefts = coding.columns() - words * perWord;
        long whole = mask(perWord, coding.bits());
        long rest = mask(lefts, coding.bits());
        int shift = row / IntegerLayout.HALF * Short.SIZE;
        int to = tile + layout.levelStart(tileColumns) / 4 + row % IntegerLayout.HALF
                + firstColumn / coding.columns() * words * IntegerLayout.HALF;
        int from = 0;
        for (int unit = 0; unit < blockUnits(coding); unit++) {
            long left = lefts == 0
                    ? 0
                    : Long.compress((long) Bytes.LONG.get(levels, from + words * perWord), rest);
            for (int word = 0; word < words; word++) {
                int bits = (int) Long.compress((long) Bytes.LONG.get(levels, from + word * perWord), whole)
                        | ((int) (left >>> (word * leftBits)) & ((1 << leftBits) - 1)) << wholeBits;
                target[to] |= bits << shift;
                to += IntegerLayout.HALF;
            }
            from += coding.columns();
        }
    }

    private int blockUnits(LevelCoding coding) {
        return layout.groups().columns() / coding.columns();
    }

    /** The lowest bits of some bytes. */
    private static long mask(int bytes, int bits) {
        return bytes == 0 ? 0 : (0x0101010101010101L * ((1 << bits) - 1)) >>> (Long.SIZE - Byte.SIZE * bytes);
    }

    /** Where the parts of tiles lie. */
    IntegerLayout layout() {
        return layout;
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
