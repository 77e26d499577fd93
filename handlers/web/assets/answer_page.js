// The page of one answer: feedback and what can be done with it want scripts, questions go by its form.
import { listenForActions } from "./actions.js";
import { listenForFeedback } from "./feedback.js";

listenForActions();
listenForFeedback();
