package dev.cria.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A LoRA adapter that changes the model of a {@link LlamaTest}, as in
 * {@code @LlamaTest(lora = @Lora("adapters/pirate.gguf"))}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({})
public @interface Lora {
    /**
     * {@return a GGUF file or a PEFT folder, as for {@link dev.cria.model.LoraAdapter#load}} <code>${name}</code>
     * stands for the same as in {@link LlamaTest#model}.
     */
    String value();

    /** {@return how much of the change is wanted: 1, the default, is what it was trained for, 0 none} */
    double scale() default 1;
}
