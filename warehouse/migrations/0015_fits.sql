-- The fits of volatility models, by what determines them: the returns (SHA-256 of their bytes), the model (terms for
-- losses alone), and the libraries and code they were made with (JSON).
create table fits (
    symbol varchar not null, asymmetry integer not null, returns varchar not null, made_with varchar not null,
    observations integer not null, converged boolean not null, estimates varchar not null, variance double,
    residual double, made_at timestamp not null
);
