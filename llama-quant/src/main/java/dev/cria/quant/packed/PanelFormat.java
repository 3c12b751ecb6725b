package dev.cria.quant.packed;

/** A packing whose blocks can be multiplied by themselves, with inputs that are floats. */
public interface PanelFormat extends PanelPacking {
    /** {@return the arithmetic in plain Java, the specification} */
    PanelKernel plain();

    /** {@return the arithmetic in the Vector API, equal to the plain one to the last bit} */
    PanelKernel vector();
}
