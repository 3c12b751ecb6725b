/** LoRA adapters in files: which matrices they change, how GGUF and PEFT store them. */
@NullMarked
package dev.cria.model.lora;

import org.jspecify.annotations.NullMarked;
