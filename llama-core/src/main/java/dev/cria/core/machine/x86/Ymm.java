package dev.cria.core.machine.x86;

/** The vector registers of 256 bits. */
public enum Ymm {
    YMM0(0), YMM1(1), YMM2(2), YMM3(3), YMM4(4), YMM5(5), YMM6(6), YMM7(7), YMM8(8), YMM9(9), YMM10(10), YMM11(11),
    YMM12(12), YMM13(13), YMM14(14), YMM15(15);

    private static final Ymm[] ALL = values();

    private final int number;

    Ymm(int number) {
        this.number = number;
    }

    /**
     * {@return the register with a number}
     *
     * @param number 0 to 15
     */
    public static Ymm of(int number) {
        return ALL[number];
    }

    /** The number that stands for it in an instruction. */
    int number() {
        return number;
    }
}
