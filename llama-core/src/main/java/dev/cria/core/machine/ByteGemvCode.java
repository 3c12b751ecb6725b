package dev.cria.core.machine;

import static dev.cria.core.machine.x86.Gpr.R11;
import static dev.cria.core.machine.x86.Gpr.RCX;
import static dev.cria.core.machine.x86.Gpr.RDI;
import static dev.cria.core.machine.x86.Gpr.RDX;
import static dev.cria.core.machine.x86.Gpr.RSI;
import static dev.cria.core.machine.x86.Ymm.YMM12;
import static dev.cria.core.machine.x86.Ymm.YMM13;
import static dev.cria.core.machine.x86.Ymm.YMM14;
import static dev.cria.core.machine.x86.Ymm.YMM15;

import dev.cria.core.BytePanels;
import dev.cria.core.Matrix;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.machine.x86.Ymm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The product of a panel of {@link BytePanels} with one row of inputs that are floats:
 * {@code void gemv(weights, x, out, blocks)}. A byte becomes a float at the top of an int, times 2^24, of which the
 * scale times 2^-24 takes nothing away; so the weight is exact, and a fused multiply-add adds it times its input.
 *
 * @param assembler receives the code
 */
record ByteGemvCode(Assembler assembler) {
    private static final int VECTORS = Matrix.PANEL_ROWS / VectorCode.FLOATS;
    /** Four columns share an int. */
    private static final int COLUMNS = Integer.BYTES;

    // registers of each vector of rows, or of each of the four columns
    private static final int SUM = 0;
    private static final int BYTE = 4;
    private static final int SCALE = 8;

    // where these are in the constants
    private static final int BYTES = VectorCode.BYTES;
    private static final int SIGNS = BYTES + COLUMNS * VectorCode.BYTES;
    private static final int DOWN = SIGNS + VectorCode.BYTES;

    /** Writes the constants and the function; {@return its entry} */
    int write() {
        assembler.align(64);
        int constants = assembler.position();
        assembler.data(VectorCode.HALVES);
        for (int column = 0; column < COLUMNS; column++) {
            assembler.data(toTheTop(BytePanels.firstBit(column) / Byte.SIZE));
        }
        assembler.data(ints(0x80808080));
        assembler.data(ints(Float.floatToRawIntBits(0x1p-24f)));
        assembler.align(64);
        int entry = assembler.position();
        assembler.endbr64();
        assembler.leaCode(R11, constants);
        for (int column = 0; column < COLUMNS; column++) {
            assembler.vmovdqu(Ymm.of(BYTE + column), Mem.at(R11, BYTES + column * VectorCode.BYTES));
        }
        assembler.vmovdqu(YMM12, Mem.at(R11, SIGNS));
        for (int i = 0; i < VECTORS; i++) {
            assembler.vmovdqu(Ymm.of(SUM + i), Mem.at(RDX, i * VectorCode.BYTES));
        }
        int block = assembler.position();
        block();
        assembler.add(RDI, BytePanels.BLOCK_BYTES);
        assembler.add(RSI, BytePanels.COLUMNS * Float.BYTES);
        assembler.sub(RCX, 1);
        assembler.jumpBack(block);
        for (int i = 0; i < VECTORS; i++) {
            assembler.vmovdqu(Mem.at(RDX, i * VectorCode.BYTES), Ymm.of(SUM + i));
        }
        assembler.vzeroupper();
        assembler.ret();
        return entry;
    }

    private void block() {
        for (int part = 0; part < VECTORS / 2; part++) {
            Ymm low = Ymm.of(SCALE + part);
            Ymm high = Ymm.of(SCALE + VECTORS / 2 + part);
            VectorCode.halves(assembler, Mem.at(RDI, part * VectorCode.BYTES), R11, low, high);
            assembler.vmulps(low, low, Mem.at(R11, DOWN));
            assembler.vmulps(high, high, Mem.at(R11, DOWN));
        }
        for (int first = 0; first < BytePanels.COLUMNS; first += COLUMNS) {
            for (int i = 0; i < VECTORS; i++) {
                assembler.vpxor(YMM13, YMM12, Mem.at(RDI,
                        BytePanels.SCALE_BYTES + first * Matrix.PANEL_ROWS + i * VectorCode.BYTES));
                for (int column = 0; column < COLUMNS; column++) {
                    assembler.vpbroadcastd(YMM15, Mem.at(RSI, (first + column) * Float.BYTES));
                    assembler.vpshufb(YMM14, YMM13, Ymm.of(BYTE + column));
                    assembler.vcvtdq2ps(YMM14, YMM14);
                    assembler.vmulps(YMM14, YMM14, Ymm.of(SCALE + i));
                    assembler.vfmadd231ps(Ymm.of(SUM + i), YMM14, YMM15);
                }
            }
        }
    }

    /** Moves a byte of each int to its top, and zeros below. */
    private static byte[] toTheTop(int from) {
        byte[] order = new byte[VectorCode.BYTES];
        for (int i = 0; i < order.length; i++) {
            order[i] = (byte) (i % Integer.BYTES == Integer.BYTES - 1
                    ? i % 16 / Integer.BYTES * Integer.BYTES + from
                    : 0x80);
        }
        return order;
    }

    private static byte[] ints(int value) {
        ByteBuffer bytes = ByteBuffer.allocate(VectorCode.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putInt(value);
        }
        return bytes.array();
    }
}
