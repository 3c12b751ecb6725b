package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.LevelCoding;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.quant.QuantType;
import java.util.Arrays;
import java.util.Optional;

/**
 * The types with evenly spaced levels of four to six bits, for products with inputs in 8 bits. Panels are laid out as
 * {@link QuantizedLayout} says and take at most 6 % more bytes than the file.
 */
public final class IntegerPanels implements PanelPacking {
    /**
     * Small scales, and minima, take a byte each: with six bits, as in the file, taking them apart costs more time than
     * reading 3 % more memory (as do the factors, as floats).
     */
    private static final Fields BYTES = new Fields(8, 4);
    private static final Fields FOUR_BITS = new Fields(4, 4);
    private static final Fields FIVE_BITS = new Fields(5, 5);
    private static final Fields SIX_BITS = new Fields(6, 3);

    private final SourceBlock source;
    private final GroupLayout groups;
    private final QuantizedLayout layout;

    /**
     * Units of the coding in a strip, columns, words and whole levels of a word of a unit, and where their bits are in
     * bytes and in a word.
     */
    private final int stripUnits;
    private final int unitColumns;
    private final int words;
    private final int perWord;
    private final int wholeBits;
    private final int leftBits;
    private final long whole;
    private final long rest;

    private IntegerPanels(SourceBlock source, GroupLayout groups) {
        this.source = source;
        this.groups = groups;
        LevelCoding coding = switch (groups.levels().bits()) {
            case 4 -> LevelCoding.FOUR;
            case 5 -> LevelCoding.FIVE;
            default -> LevelCoding.SIX;
        };
        this.layout = new QuantizedLayout(coding, groups.columns(), groups.levels().run(), groups.factors() == 2);
        unitColumns = coding.columns();
        stripUnits = QuantizedLayout.STRIP / unitColumns;
        words = coding.words();
        perWord = coding.wholeLevels();
        wholeBits = perWord * coding.bits();
        leftBits = Short.SIZE - wholeBits;
        whole = mask(perWord, coding.bits());
        rest = mask(unitColumns - words * perWord, coding.bits());
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
        return groups.columns();
    }

    @Override
    public int panelsTogether() {
        return QuantizedLayout.TOGETHER;
    }

    @Override
    public int blockBytes() {
        return layout.blockBytes();
    }

    @Override
    public boolean pack(byte[] rowBlocks, int rowBytes, int rows, int columns, int[] target) {
        Arrays.fill(target, 0);
        if (source.nibbles().isPresent()) {
            packNibbles(rowBlocks, rowBytes, rows, columns, target);
        } else {
            packLevels(rowBlocks, rowBytes, rows, columns, target);
        }
        return true;
    }

    /**
     * Eight levels of two rows at a time, straight from the bytes of the file, because the start of an application
     * waits for this. Strips are the outer loop and rows the inner one, so that what is read and written stays in the
     * L1 cache.
     */
    private void packNibbles(byte[] rowBlocks, int rowBytes, int rows, int columns, int[] target) {
        int nibbles = source.nibbles().getAsInt();
        int factors = layout.factors();
        int factorInts = layout.factorBytes() / Integer.BYTES;
        int words = layout.word(0, 0) / Integer.BYTES;
        for (int block = 0; block < columns / QuantizedLayout.STRIP; block++) {
            int from = block * source.bytes();
            int to = block * layout.blockBytes() / Integer.BYTES;
            for (int row = 0; row < Math.min(rows, QuantizedLayout.HALF); row++) {
                int lower = row * rowBytes + from;
                // without a second row, its levels and factors are zero
                int upper = row + QuantizedLayout.HALF < rows ? lower + QuantizedLayout.HALF * rowBytes : -1;
                for (int index = 0; index < factors; index++) {
                    target[to + index * factorInts + row] = unsignedShort(rowBlocks, lower + source.factor(index))
                            | (upper < 0 ? 0 : unsignedShort(rowBlocks, upper + source.factor(index)) << Short.SIZE);
                }
                for (int half = 0; half < 2; half++) {
                    int at = nibbles + half * Long.BYTES;
                    long first = (long) Bytes.LONG.get(rowBlocks, lower + at);
                    long second = upper < 0 ? 0 : (long) Bytes.LONG.get(rowBlocks, upper + at);
                    int word = to + words + 2 * half * QuantizedLayout.HALF + row;
                    twoWords(Long.compress(first, Bytes.NIBBLES), Long.compress(second, Bytes.NIBBLES), target, word);
                    twoWords(Long.compress(first, ~Bytes.NIBBLES), Long.compress(second, ~Bytes.NIBBLES), target,
                            word + 4 * QuantizedLayout.HALF);
                }
            }
        }
    }

    private static int unsignedShort(byte[] bytes, int at) {
        return (short) Bytes.SHORT.get(bytes, at) & 0xffff;
    }

    private static void twoWords(long lower, long upper, int[] target, int to) {
        target[to] = (int) ((lower & 0xffff) | upper << Short.SIZE);
        target[to + QuantizedLayout.HALF] = (int) (lower >>> Short.SIZE | (upper & 0xffff0000L));
    }

    /** Two rows at a time, because they share ints. */
    private void packLevels(byte[] rowBlocks, int rowBytes, int rows, int columns, int[] target) {
        byte[] lower = new byte[groups.columns() + Long.BYTES];
        byte[] upper = new byte[groups.columns() + Long.BYTES];
        byte[] scales = new byte[groups.scales().map(Fields::count).orElse(0)];
        for (int block = 0; block < columns / groups.columns(); block++) {
            int to = block * layout.blockBytes() / Integer.BYTES;
            for (int row = 0; row < Math.min(rows, QuantizedLayout.HALF); row++) {
                int from = row * rowBytes + block * source.bytes();
                packRow(rowBlocks, from, row, lower, scales, target, to);
                int second = row + QuantizedLayout.HALF;
                if (second < rows) {
                    packRow(rowBlocks, from + QuantizedLayout.HALF * rowBytes, second, upper, scales, target, to);
                } else {
                    Arrays.fill(upper, (byte) 0);
                }
                for (int column = 0; column < groups.columns(); column += QuantizedLayout.STRIP) {
                    packStrip(lower, upper, column, target, to + layout.word(column, 0) / Integer.BYTES + row);
                }
            }
        }
    }

    /** Reads a block of a row, and puts its factors and scales where they belong. */
    private void packRow(byte[] rowBlocks, int from, int row, byte[] levels, byte[] scales, int[] target, int to) {
        source.read(rowBlocks, from, levels, scales);
        for (int index = 0; index < groups.factors(); index++) {
            short factor = (short) Bytes.SHORT.get(rowBlocks, from + source.factor(index));
            int first = to + layout.factor(index, 0, row) / Integer.BYTES;
            if (layout.halfScales()) {
                target[first + row % QuantizedLayout.HALF] |= (factor & 0xffff) << (row / QuantizedLayout.HALF
                        * Short.SIZE);
            } else {
                target[first] = Float.floatToRawIntBits(Float.float16ToFloat(factor));
            }
        }
        for (int i = 0; i < scales.length; i++) {
            int at = layout.scale(i / groups.groups(), i % groups.groups() * layout.groupColumns(), row);
            target[to + at / Integer.BYTES] |= ((scales[i] - groups.scaleCentre()) & 0xff) << (at % Integer.BYTES
                    * Byte.SIZE);
        }
    }

    /** As {@link LevelCoding#pieces()} says, a word at a time. */
    private void packStrip(byte[] lower, byte[] upper, int column, int[] target, int first) {
        int above = (1 << leftBits) - 1;
        int to = first;
        int from = column;
        for (int unit = 0; unit < stripUnits; unit++) {
            int left = rest == 0 ? 0 : compress(lower, from + words * perWord, rest);
            int leftUpper = rest == 0 ? 0 : compress(upper, from + words * perWord, rest);
            for (int word = 0; word < words; word++) {
                int bits = compress(lower, from, whole) | (left >>> (word * leftBits) & above) << wholeBits;
                int upperBits = compress(upper, from, whole) | (leftUpper >>> (word * leftBits) & above) << wholeBits;
                target[to] = bits | upperBits << Short.SIZE;
                to += QuantizedLayout.HALF;
                from += perWord;
            }
            from += unitColumns - words * perWord;
        }
    }

    private static int compress(byte[] levels, int from, long mask) {
        return (int) Long.compress((long) Bytes.LONG.get(levels, from), mask);
    }

    /** The lowest bits of some bytes. */
    private static long mask(int bytes, int bits) {
        return bytes == 0 ? 0 : (0x0101010101010101L * ((1 << bits) - 1)) >>> (Long.SIZE - Byte.SIZE * bytes);
    }

    /** Where the parts of tiles lie. */
    QuantizedLayout layout() {
        return layout;
    }

    /** The arithmetic with inputs in 8 bits. */
    QuantizedKernel kernel(Kernels kernels) {
        QuantizedKernel inJava = kernels.usesVectorApi() ? new IntegerVectors(layout, kernels) : Kernels.plain(layout);
        return kernels.quantized(layout, inJava);
    }
}
