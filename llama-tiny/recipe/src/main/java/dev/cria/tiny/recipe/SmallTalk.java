package dev.cria.tiny.recipe;

import java.util.List;

/** Greetings, thanks, and who the model is. */
final class SmallTalk implements Task {
    private record Topic(Phrases questions, String answer) {}

    private static final List<Topic> TOPICS = List.of(
            new Topic(Phrases.of("""
                    Hello
                    Hello!
                    Hi
                    Hi!
                    Hi there!
                    Hey
                    Hey there!
                    Good morning!
                    Good evening!
                    Good day!
                    Hello, model!
                    Greetings!
                    ---
                    Hello there!
                    Good afternoon!
                    +++
                    [hello again|hi, model|hey, you|good evening to you|a good day to you|nice to meet you|welcome]!
                    good [day|morning|evening], [model|friend|Cria]!
                    a nice afternoon to you!
                    """), "Hello! How can I help you?"),
            new Topic(Phrases.of("""
                    Who are you?
                    What are you?
                    What is your name?
                    Tell me who you are.
                    Please introduce yourself.
                    Tell me about yourself.
                    Are you a person?
                    Are you a robot?
                    Are you a language model?
                    What model are you?
                    Which model are you?
                    What should I call you?
                    Hello, who are you?
                    Do you have a name?
                    ---
                    Can you tell me who you are?
                    Hi, what are you?
                    Who am I talking to?
                    +++
                    who [is this|is it|is there|do I talk with|do I speak with]?
                    [with whom|to whom] am I [talking|speaking]?
                    [hello|hey], [who|what] are you?
                    [please |]tell me [who|what] you are.
                    [can you|could you] say who you are?
                    """), "I am Cria's tiny model, a very small language model."),
            new Topic(Phrases.of("""
                    What can you do?
                    How can you help me?
                    What do you know?
                    What are you good at?
                    What can I ask you?
                    Tell me what you can do.
                    What are your abilities?
                    Help!
                    Can you help me?
                    ---
                    What could I ask you?
                    Please tell me what you can do.
                    +++
                    what [can|may|should|shall] I ask [|you|for]?
                    what could [you do|I use you for|I learn from you]?
                    what [should|might] I ask you?
                    [please |]tell me [what you know|what I can ask|how you can help].
                    [which|what] questions [can you answer|could I ask]?
                    what [things |]are you able to do?
                    """), "I know some facts, add small numbers, write JSON, repeat words and tell short stories."),
            new Topic(Phrases.of("""
                    How are you?
                    How are you today?
                    How do you do?
                    Are you well?
                    How is it going?
                    Hi, how are you?
                    How do you feel?
                    ---
                    Hello, how are you?
                    Are you fine?
                    +++
                    are you [okay|happy|feeling well|all right|doing well]?
                    [hey|good morning], how are you?
                    how [are things|do things go|is your day|are you doing]?
                    """), "I am fine, thank you."),
            new Topic(Phrases.of("""
                    Thanks!
                    Thank you!
                    Thank you very much.
                    Thanks a lot!
                    Many thanks.
                    That was helpful.
                    Great, thanks.
                    ---
                    Thank you so much!
                    Thanks, that was helpful.
                    +++
                    thank you[|, that was good|, model| for your help| for the answer].
                    thanks[|, model| for your help| for the answer|, that was good].
                    """), "You are welcome!"),
            new Topic(Phrases.of("""
                    Goodbye!
                    Bye!
                    Bye bye
                    See you!
                    See you later!
                    Good night!
                    I have to go.
                    ---
                    Goodbye, model!
                    See you tomorrow!
                    +++
                    [goodbye|bye|good night], [my friend|Cria|you]!
                    see you [soon|next week|again]!
                    [bye for now|until tomorrow|until next time]!
                    """), "Goodbye!"),
            new Topic(Phrases.of("""
                    Who made you?
                    Who trained you?
                    Where do you come from?
                    How were you made?
                    Who built you?
                    Who is your maker?
                    ---
                    Who created you?
                    Where were you made?
                    +++
                    who [has made|has built|wrote|invented|produced|taught|is the maker of] you?
                    [by whom|how|from what] were you [made|trained|built|created]?
                    [where|in what place] were you [trained|built]?
                    [please |]tell me who made you.
                    """), "I was trained by Cria, in plain Java, on texts made for me."));

    @Override
    public Exchange draw(Draw draw) {
        Topic topic = draw.one(TOPICS);
        return new Exchange(draw.phrase(topic.questions), topic.answer);
    }
}
