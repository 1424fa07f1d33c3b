select distinct portfolio from runs order by portfolio;
